//! A strict reader for JSON objects: duplicate names and deep nesting are errors.
//!
//! RFC 7515 §4, RFC 7519 §4 and RFC 8259 §4: readers disagree about which of two duplicate names counts, so duplicates
//! are refused at every depth. The nesting is limited to bound the reader's stack.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Why a text is not a strict JSON object.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// The text is not JSON, has a duplicate name, or is nested too deeply; the source names the position.
    #[error("not strict JSON")]
    Syntax(#[source] serde_json::Error),
    /// The text is JSON, but not an object.
    #[error("not a JSON object")]
    NotAnObject,
}

/// Reads a JSON object.
pub fn strict_object(bytes: &[u8]) -> Result<Map<String, Value>, JsonError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: 0 }.deserialize(&mut reader).map_err(JsonError::Syntax)?;
    reader.end().map_err(JsonError::Syntax)?;
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(JsonError::NotAnObject),
    }
}

/// Reads a value at nesting level `depth`.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn nested<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom("nested too deeply"));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.nested()?;
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(inside)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inside = self.nested()?;
        let mut values = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(inside)?;
            if values.insert(name, value).is_some() {
                return Err(A::Error::custom("duplicate member name"));
            }
        }
        Ok(Value::Object(values))
    }
}

/// The maximum nesting; tokens and responses stay far below it.
const MAX_DEPTH: usize = 64;

#[cfg(test)]
mod tests {
    use super::{JsonError, strict_object};
    use proptest::prelude::{any, proptest};

    // Covers: B41, B42, D10.
    #[test]
    fn ambiguous_json_is_refused() {
        let deep = format!("{}{}", r#"{"a":"#.repeat(65), "1".to_owned() + &"}".repeat(65));
        for text in [
            r#"{"sub":"a","sub":"b"}"#,
            r#"{"sub":"a","s\u0075b":"a"}"#,
            r#"{"a":{"b":1,"b":1}}"#,
            r#"{"a":[{"b":1,"b":2}]}"#,
            "\u{feff}{}",
            "{} {}",
            "{",
            "",
            r#"{"a":1,}"#,
            r#"{"a":1e999}"#,
            r#"{"a":"\ud800"}"#,
            &deep,
            &"[".repeat(10_000),
        ] {
            assert!(matches!(strict_object(text.as_bytes()), Err(JsonError::Syntax(_))), "{text}");
        }
        for text in ["[]", "1", "null", r#""a""#, "[{}]"] {
            assert!(matches!(strict_object(text.as_bytes()), Err(JsonError::NotAnObject)), "{text}");
        }
        for bytes in [&b"{\"a\":\"\xff\"}"[..], b"\xff\xfe{\0}\0", b"{\"\xc0\xaf\":1}"] {
            assert!(strict_object(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn values_are_read_unchanged() {
        let text = r#"{"a":null,"b":[true,-1,18446744073709551615,0.5],"c":{"d":"\u00e9"}}"#;
        let read = strict_object(text.as_bytes()).expect("plain JSON");
        assert_eq!(serde_json::Value::Object(read), serde_json::from_str::<serde_json::Value>(text).expect("JSON"));
        let deep = format!("{}{}", r#"{"a":"#.repeat(64), "1".to_owned() + &"}".repeat(64));
        assert!(strict_object(deep.as_bytes()).is_ok());
    }

    proptest! {
        #[test]
        fn parsing_never_panics(bytes: Vec<u8>) {
            let _result = strict_object(&bytes);
        }

        #[test]
        fn accepted_text_equals_the_result_of_serde_json(text in r#"[\[\]\{\}":,a-c0-9 .e-]{0,40}"#, pad in any::<bool>()) {
            let text = if pad { format!("{{{text}}}") } else { text };
            if let Ok(read) = strict_object(text.as_bytes()) {
                assert_eq!(Some(serde_json::Value::Object(read)), serde_json::from_str(&text).ok());
            }
        }
    }
}
