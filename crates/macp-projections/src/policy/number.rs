use std::fmt;

/// A number of a policy's rules: an integer or a double, written as it was given.
///
/// `1` and `1.0` mean the same to the runtime, and differ in the text of the rules.
///
/// ```
/// use macp_projections::policy::Number;
///
/// assert_eq!(Number::from(1).to_string(), "1");
/// assert_eq!(Number::from(1.0).to_string(), "1.0");
/// assert_eq!(Number::from(1e-7).to_string(), "1e-07");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(Repr);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Repr {
    // Wide enough for every integer that a JSON parser reads exactly.
    Integer(i128),
    Float(f64),
}

impl Number {
    /// The value as a double, which is how the runtime reads it.
    #[expect(
        clippy::cast_precision_loss,
        reason = "the runtime rounds the same way"
    )]
    pub fn as_f64(self) -> f64 {
        match self.0 {
            Repr::Integer(value) => value as f64,
            Repr::Float(value) => value,
        }
    }

    /// The value, if it was given as an integer.
    pub(super) fn as_integer(self) -> Option<i128> {
        match self.0 {
            Repr::Integer(value) => Some(value),
            Repr::Float(_) => None,
        }
    }
}

impl From<f64> for Number {
    fn from(value: f64) -> Self {
        Self(Repr::Float(value))
    }
}

macro_rules! from_integers {
    ($($integer:ty)+) => {$(
        impl From<$integer> for Number {
            fn from(value: $integer) -> Self {
                Self(Repr::Integer(value.into()))
            }
        }
    )+};
}

from_integers!(i32 u32 i64 u64);

/// Writes doubles in the shortest form that reads back exactly, laid out as Python's `repr` does:
/// the other SDKs compare policies by their bytes.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Repr::Integer(value) => write!(f, "{value}"),
            Repr::Float(value) if value.is_nan() => f.write_str("NaN"),
            Repr::Float(value) if value.is_infinite() => {
                f.write_str(if value > 0.0 { "Infinity" } else { "-Infinity" })
            }
            Repr::Float(value) if uses_exponent(value) => {
                let text = format!("{value:e}");
                let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
                let (sign, exponent) = exponent
                    .strip_prefix('-')
                    .map_or(('+', exponent), |exponent| ('-', exponent));
                write!(f, "{digits}e{sign}{exponent:0>2}")
            }
            Repr::Float(value) => write!(f, "{value:?}"),
        }
    }
}

/// Python writes positional digits for exponents from -4 to 15.
fn uses_exponent(value: f64) -> bool {
    let magnitude = value.abs();
    magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude)
}

#[cfg(test)]
mod tests {
    use super::Number;
    use proptest::prelude::*;

    /// What Python 3.11 prints for `repr(value)`.
    #[test]
    fn doubles_are_laid_out_as_python_does() {
        let table = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (0.5, "0.5"),
            (1.0, "1.0"),
            (2.0 / 3.0, "0.6666666666666666"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e-4, "0.0001"),
            (0.000_123, "0.000123"),
            (1e-5, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (1e-100, "1e-100"),
            (5e-324, "5e-324"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.234_567_890_123_456_8e17, "1.2345678901234568e+17"),
            (-2.5e22, "-2.5e+22"),
            (f64::MAX, "1.7976931348623157e+308"),
        ];
        for (value, expected) in table {
            assert_eq!(Number::from(value).to_string(), expected);
        }
    }

    proptest! {
        #[test]
        fn doubles_read_back_exactly(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            let text = Number::from(value).to_string();
            prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), bits, "{}", text);
            prop_assert!(text.contains(['.', 'e']), "{}", text);
        }
    }
}
