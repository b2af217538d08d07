//! The schemas as data, so that a test knows when a shape was added that it does not cover.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use utoipa::OpenApi as _;

/// Every schema by its name.
pub(crate) fn all() -> Map<String, Value> {
    let document = serde_json::to_value(hearth_wire::schema::Schemas::openapi()).unwrap();
    document["components"]["schemas"].as_object().unwrap().clone()
}

/// How many variants a tagged enum has.
pub(crate) fn variants(name: &str) -> usize {
    all()[name]["oneOf"].as_array().unwrap().len()
}

/// The names of the bodies that refuse what they do not know.
pub(crate) fn strict() -> BTreeSet<String> {
    let is_strict = |schema: &Value| schema["additionalProperties"] == Value::Bool(false);
    let names = all().into_iter().filter(|(_, schema)| is_strict(schema));
    names.map(|(name, _)| name).collect()
}
