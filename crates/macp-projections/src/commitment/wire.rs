//! A walk over the fields of one protobuf message, without decoding it.

use super::Unverifiable;

/// One field as it stands on the wire.
pub(super) struct Field<'a> {
    pub(super) number: u64,
    /// The content, of a length-delimited field.
    pub(super) bytes: Option<&'a [u8]>,
}

/// The fields of a message, in the order of its bytes; after an error there are no more.
pub(super) fn fields(message: &[u8]) -> Fields<'_> {
    Fields { rest: message }
}

pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, Unverifiable>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field.map_err(|problem| Unverifiable::Malformed { problem }))
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Result<Field<'a>, &'static str> {
        let key = self.varint()?;
        let number = key >> 3;
        if number == 0 {
            return Err("a field has number 0");
        }
        let bytes = match key & 7 {
            0 => {
                self.varint()?;
                None
            }
            1 => {
                self.take(8)?;
                None
            }
            2 => {
                let length = self.varint()?;
                Some(self.take(length)?)
            }
            5 => {
                self.take(4)?;
                None
            }
            _ => return Err("a field is a group"),
        };
        Ok(Field { number, bytes })
    }

    fn take(&mut self, count: u64) -> Result<&'a [u8], &'static str> {
        let (taken, rest) = usize::try_from(count)
            .ok()
            .and_then(|count| self.rest.split_at_checked(count))
            .ok_or("a field is cut off")?;
        self.rest = rest;
        Ok(taken)
    }

    fn varint(&mut self) -> Result<u64, &'static str> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.rest.split_first().ok_or("a number is cut off")?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err("a number is too long")
    }
}
