//! What the program prints as JSON, with its columns in the order in which they are printed.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// An object whose fields keep their order.
#[derive(Clone, Debug)]
pub(crate) struct Object(pub Vec<(String, Value)>);

/// The object of a report: its evidence, and arrays of rows.
#[derive(Debug)]
pub(crate) struct Printed {
    pub evidence: Value,
    pub tables: Vec<(String, Vec<Object>)>,
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Object, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Object(fields))
            }
        }
        input.deserialize_map(Fields)
    }
}

impl<'de> Deserialize<'de> for Printed {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Printed, D::Error> {
        struct Tables;
        impl<'de> Visitor<'de> for Tables {
            type Value = Printed;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("evidence and tables")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Printed, A::Error> {
                let mut printed = Printed { evidence: Value::Null, tables: Vec::new() };
                while let Some(name) = map.next_key::<String>()? {
                    if name == "evidence" {
                        printed.evidence = map.next_value()?;
                    } else {
                        printed.tables.push((name, map.next_value()?));
                    }
                }
                Ok(printed)
            }
        }
        input.deserialize_map(Tables)
    }
}

impl Printed {
    pub(crate) fn table(&self, name: &str) -> Option<&[Object]> {
        let table = self.tables.iter().find(|(it, _)| it == name);
        table.map(|(_, rows)| rows.as_slice())
    }
}
