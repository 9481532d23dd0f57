//! Thrift's compact protocol, read after a plan of what may stand where: so that what a damaged file says can be looked at before a
//! library that believes it makes room for it.

/// What may stand in a place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Plan {
    /// A whole number of 16 bits or more.
    Number,
    /// One of 8 bits.
    Small,
    Truth,
    Bytes,
    List(&'static Plan),
    /// A structure or a union: its fields by number.
    Fields(&'static [(i16, Plan)]),
}

/// What stands there.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value {
    Number(i64),
    /// What nobody asks for: truth values, bytes, small numbers.
    Other,
    List(Vec<Value>),
    Fields(Vec<(i16, Value)>),
}

impl Value {
    /// A field that is a number; 0 where it is none, or is not there.
    pub(super) fn number(&self, field: i16) -> i64 {
        match self.field(field) {
            Some(Self::Number(number)) => *number,
            _ => 0,
        }
    }

    /// A field of a structure. Where one is said twice, libraries take the last.
    pub(super) fn field(&self, field: i16) -> Option<&Self> {
        let Self::Fields(fields) = self else { return None };
        fields.iter().rev().find(|(number, _)| *number == field).map(|(_, value)| value)
    }
}

/// Why nothing was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// The bytes end before the value does.
    Short,
    /// They are not what was planned.
    Other,
}

/// The deepest structure in a structure.
const DEEPEST: usize = 16;

// How the protocol marks what follows.
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// Reads a value that goes as planned; gives it and how many bytes it takes.
pub(super) fn read(bytes: &[u8], plan: Plan) -> Result<(Value, usize), Unread> {
    let mut reader = Reader { rest: bytes };
    let value = reader.value(plan, mark(plan), DEEPEST)?;
    Ok((value, bytes.len() - reader.rest.len()))
}

/// The mark of what is planned; numbers and truth values have others too.
fn mark(plan: Plan) -> u8 {
    match plan {
        Plan::Number => I64,
        Plan::Small => BYTE,
        Plan::Truth => TRUE,
        Plan::Bytes => BINARY,
        Plan::List(_) => LIST,
        Plan::Fields(_) => STRUCT,
    }
}

fn fits(plan: Plan, marked: u8) -> bool {
    match plan {
        Plan::Number => matches!(marked, I16 | I32 | I64),
        Plan::Truth => matches!(marked, TRUE | FALSE),
        _ => marked == mark(plan),
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn value(&mut self, plan: Plan, marked: u8, depth: usize) -> Result<Value, Unread> {
        let depth = depth.checked_sub(1).ok_or(Unread::Other)?;
        if !fits(plan, marked) {
            return Err(Unread::Other);
        }
        Ok(match plan {
            Plan::Number => Value::Number(self.number()?),
            // Its value is its mark.
            Plan::Truth => Value::Other,
            Plan::Small => {
                self.byte()?;
                Value::Other
            }
            Plan::Bytes => {
                let length = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
                self.rest = self.rest.get(length..).ok_or(Unread::Short)?;
                Value::Other
            }
            Plan::List(item) => self.list(*item, depth)?,
            Plan::Fields(fields) => self.fields(fields, depth)?,
        })
    }

    fn list(&mut self, plan: Plan, depth: usize) -> Result<Value, Unread> {
        let head = self.byte()?;
        let length = match head >> 4 {
            15 => self.varint()?,
            short => u64::from(short),
        };
        // Whatever it is, an item takes a byte.
        if length > self.rest.len() as u64 {
            return Err(Unread::Short);
        }
        let items = (0..length).map(|_| self.value(plan, head & 15, depth));
        items.collect::<Result<_, _>>().map(Value::List)
    }

    fn fields(&mut self, plans: &[(i16, Plan)], depth: usize) -> Result<Value, Unread> {
        let (mut fields, mut number) = (Vec::new(), 0_i16);
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Ok(Value::Fields(fields));
            }
            number = match head >> 4 {
                0 => i16::try_from(self.number()?).map_err(|_| Unread::Other)?,
                more => number.checked_add(i16::from(more)).ok_or(Unread::Other)?,
            };
            let (_, plan) = plans.iter().find(|(planned, _)| *planned == number).ok_or(Unread::Other)?;
            fields.push((number, self.value(*plan, head & 15, depth)?));
        }
    }

    /// A number with a sign, which stands in its last bit.
    fn number(&mut self) -> Result<i64, Unread> {
        let number = self.varint()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// Seven bits a byte, the lowest first.
    fn varint(&mut self) -> Result<u64, Unread> {
        let mut number = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits.leading_zeros() < shift {
                return Err(Unread::Other);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Unread::Other)
    }

    fn byte(&mut self) -> Result<u8, Unread> {
        let (&first, rest) = self.rest.split_first().ok_or(Unread::Short)?;
        self.rest = rest;
        Ok(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan = Plan::Fields(&[
        (1, Plan::Number),
        (2, Plan::Bytes),
        (3, Plan::Truth),
        (5, Plan::List(&Plan::Fields(&[(1, Plan::Number)]))),
        (100, Plan::Small),
    ]);

    #[test]
    fn what_goes_as_planned_is_read() {
        // 1: -2, 2: "ab", 3: true, 5: [{1: 300}, {}], 100 (by its number): 7, the end, and a byte behind it.
        let bytes = [0x15, 3, 0x18, 2, b'a', b'b', 0x11, 0x29, 0x2c, 0x16, 0xd8, 4, 0, 0, 0x03, 0xc8, 1, 7, 0, 9];
        let (value, length) = read(&bytes, PLAN).unwrap();
        assert_eq!((value.number(1), value.number(4), length), (-2, 0, bytes.len() - 1));
        let Some(Value::List(items)) = value.field(5) else { panic!("{value:?}") };
        assert_eq!(items.iter().map(|item| item.number(1)).collect::<Vec<_>>(), [300, 0]);
        for short in 0..length {
            assert_eq!(read(&bytes[..short], PLAN), Err(Unread::Short), "{short}");
        }
    }

    #[test]
    fn of_a_field_said_twice_the_last_counts() {
        assert_eq!(read(&[0x15, 2, 0x05, 2, 4, 0], PLAN).unwrap().0.number(1), 2);
    }

    #[test]
    fn anything_else_is_refused_before_room_is_made() {
        let refused: [&[u8]; 7] = [
            // A field that is not planned, or of another kind.
            &[0x45, 2, 0],
            &[0x18, 1, b'a', 0],
            // Lists and bytes longer than all that comes.
            &[0x59, 0xfc, 0xff, 0xff, 0xff, 0x0f, 0],
            &[0x28, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
            // Numbers of more than 64 bits.
            &[0x16, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0],
            &[0x16, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0],
            // A list of another kind.
            &[0x59, 0x18, 1, b'a', 0],
        ];
        for bytes in refused {
            assert!(read(bytes, PLAN).is_err(), "{bytes:x?}");
        }
    }
}
