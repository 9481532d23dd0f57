//! Keys of which the first has been looked at.

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, MapAccess};

/// A mapping as it was before its first key was read.
pub(super) struct Peeked<A> {
    first: Option<String>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> Peeked<A> {
    /// Looks at the first key of a mapping.
    pub(super) fn new(mut keys: A) -> Result<Self, A::Error> {
        Ok(Self { first: keys.next_key()?, rest: keys })
    }

    /// The first key; `None` where there is none.
    pub(super) fn first(&self) -> Option<&str> {
        self.first.as_deref()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Peeked<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(first) => seed.deserialize(StrDeserializer::new(&first)).map(Some),
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.rest.next_value_seed(seed)
    }
}
