//! Reads the most frequent payloads in place, without copying their text.
//!
//! It knows only what their writers write: each field with its own wire type. Whatever else is
//! valid protobuf is left to `prost`, as is saying what is wrong with a payload.

/// The fields of a payload, one after the other.
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) fn of(payload: &'a [u8]) -> Self {
        Self { rest: payload }
    }

    /// The next field's key, its number and wire type: one byte for numbers below 16.
    pub(crate) fn key(&mut self) -> Option<u8> {
        let (&key, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(key)
    }

    /// The value of a string field.
    pub(crate) fn text(&mut self) -> Option<&'a str> {
        let bytes = self.bytes()?;
        std::str::from_utf8(bytes).ok()
    }

    /// The value of a bytes field.
    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = self.short_varint()?;
        let (bytes, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(bytes)
    }

    /// The value of a double field.
    pub(crate) fn double(&mut self) -> Option<f64> {
        let (bytes, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(f64::from_le_bytes(*bytes))
    }

    /// A varint of up to two bytes, enough for texts of 16 KiB.
    fn short_varint(&mut self) -> Option<usize> {
        let low = usize::from(self.key()?);
        if low < 0x80 {
            return Some(low);
        }
        let high = usize::from(self.key()?);
        (high < 0x80).then_some(low & 0x7f | high << 7)
    }
}

/// The key of a field that is length-delimited: text and bytes.
pub(crate) const fn delimited(field: u8) -> u8 {
    field << 3 | 2
}

/// The key of a field that is a double.
pub(crate) const fn double(field: u8) -> u8 {
    field << 3 | 1
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// Bytes that look like a payload of four texts and a double, mostly, with something changed.
    pub(crate) fn almost_payloads() -> impl Strategy<Value = Vec<u8>> {
        let key = prop_oneof![8 => (1..6_u8).prop_map(super::delimited), 2 => Just(super::double(3)), 1 => any::<u8>()];
        let text = prop_oneof![
            4 => "[a-z]{0,9}".prop_map(String::into_bytes),
            1 => "\\PC{100,200}".prop_map(String::into_bytes),
            1 => vec(any::<u8>(), 0..9),
        ];
        let field = (key, text).prop_map(|(key, text)| {
            let mut field = vec![key];
            if key == super::double(3) {
                field.extend(0.5_f64.to_le_bytes());
            } else {
                prost::encoding::encode_varint(text.len() as u64, &mut field);
                field.extend(text);
            }
            field
        });
        let whole = vec(field, 0..6).prop_map(|fields| fields.concat());
        let changed = (whole, any::<prop::sample::Index>(), any::<u8>());
        changed.prop_map(|(mut payload, at, byte)| {
            if byte < 64 && !payload.is_empty() {
                let at = at.index(payload.len());
                payload[at] = byte;
            }
            payload
        })
    }
}
