//! What a reader takes, learnt by asking it.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::probe::{Fields, Probe, Wanted, Wrong};
use super::values;

/// Words that a field may have though the reader does not list them.
pub(super) type Words = Vec<(&'static str, Vec<&'static str>)>;

/// Learns what is taken at one place: as a whole, or in a field of an object that is right otherwise.
pub(super) struct Learner<'r> {
    read: &'r dyn Fn(&Probe) -> Result<(), Wrong>,
    words: &'r Words,
    /// The field's name.
    name: &'static str,
}

/// A field of an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) is_required: bool,
    pub(super) schema: Value,
}

/// The fields of an object that can all be there together.
pub(super) type Shape = Vec<Field>;

/// Lets a learner ask the reader of a type.
pub(super) fn learn<T: DeserializeOwned, R>(
    words: &Words,
    then: impl FnOnce(&Learner<'_>) -> R,
) -> R {
    let read = |value: &Probe| T::deserialize(value).map(drop);
    then(&Learner { read: &read, words, name: "" })
}

impl<'r> Learner<'r> {
    /// Learns of a field, beside others that are right.
    pub(super) fn with_field<R>(
        &self,
        others: &Fields,
        name: &'static str,
        then: impl FnOnce(&Learner<'_>) -> R,
    ) -> R {
        let read = |value: &Probe| {
            let mut fields = others.clone();
            fields.push((name, value.clone()));
            seen_from_inside((self.read)(&Probe::Object(fields)))
        };
        then(&Learner { read: &read, words: self.words, name })
    }

    /// The same of an element of a list.
    fn with_element<R>(&self, then: impl FnOnce(&Learner<'_>) -> R) -> R {
        let read =
            |value: &Probe| seen_from_inside((self.read)(&Probe::List([value.clone()].into())));
        then(&Learner { read: &read, words: self.words, name: "" })
    }

    /// Whether the reader takes a value.
    pub(super) fn takes(&self, value: &Probe) -> bool {
        (self.read)(value).is_ok()
    }

    fn wanted(&self) -> Option<Wanted> {
        match (self.read)(&Probe::Ask) {
            Err(Wrong::Wants(wanted)) => Some(wanted),
            _ => None,
        }
    }

    /// The words of which the value must be one, where it must.
    pub(super) fn words(&self) -> Option<Vec<&'static str>> {
        if let Some((_, words)) = self.words.iter().find(|(name, _)| *name == self.name) {
            return Some(words.clone());
        }
        match (self.wanted()?, (self.read)(&Probe::Text("\0".to_owned()))) {
            (Wanted::Word(words), _) | (Wanted::Text, Err(Wrong::UnknownWord(words))) => {
                Some(words.to_vec())
            }
            _ => None,
        }
    }

    /// The schema of what is taken.
    pub(super) fn schema(&self) -> Value {
        if let Some(words) = self.words() {
            return one_of(&words);
        }
        match self.wanted() {
            None => json!({}),
            Some(Wanted::Flag) => json!({"type": "boolean"}),
            Some(Wanted::Number) => values::count(self),
            Some(Wanted::NumberOrText) => values::tokens(self),
            Some(Wanted::Text | Wanted::Word(_)) => values::text(self),
            Some(Wanted::List) => self.list(),
            Some(Wanted::Object) if self.takes_any_field() => json!({"type": "object"}),
            Some(Wanted::Object) => {
                any_of(self.shapes(Fields::new()).into_iter().map(object).collect())
            }
        }
    }

    fn list(&self) -> Value {
        let (element, items) = self.with_element(|it| (it.sample(), it.schema()));
        let mut schema = json!({"type": "array", "items": items});
        let element = element.unwrap_or(Probe::Ask);
        let takes =
            |length| self.takes(&Probe::List(vec![element.clone(); length as usize].into()));
        match values::furthest(0, values::LONGEST, &takes) {
            values::LONGEST => {}
            most => schema["maxItems"] = json!(most as u64),
        }
        schema
    }

    /// A value that is taken, so that the others can be learnt.
    fn sample(&self) -> Option<Probe> {
        let texts = |texts: &[&str]| texts.iter().map(|it| Probe::Text((*it).to_owned())).collect();
        let candidates: Vec<_> = match (self.words(), self.wanted()?) {
            (Some(words), _) => texts(&words),
            (None, Wanted::Text | Wanted::Word(_)) => texts(&values::TEXTS),
            (None, Wanted::Flag) => vec![Probe::Flag(true)],
            (None, Wanted::Number | Wanted::NumberOrText) => vec![Probe::Number(1)],
            (None, Wanted::List) => vec![Probe::List([].into())],
            (None, Wanted::Object) => {
                self.complete(Fields::new()).map(Probe::Object).into_iter().collect()
            }
        };
        candidates.into_iter().find(|value| self.takes(value))
    }

    /// The object with these fields and those that it lacks.
    fn complete(&self, mut fields: Fields) -> Option<Fields> {
        loop {
            match (self.read)(&Probe::Object(fields.clone())) {
                Ok(()) => return Some(fields),
                Err(Wrong::Missing { field, level: 0 }) if !has(&fields, field) => {
                    let value = self.with_field(&fields, field, |it| it.sample())?;
                    fields.push((field, value));
                }
                Err(_) => return None,
            }
        }
    }

    /// All shapes of the object in which these fields have these values. Where a field that must be there is
    /// one of some words, each word may have other fields beside it.
    pub(super) fn shapes(&self, given: Fields) -> Vec<Shape> {
        let Some(complete) = self.complete(given.clone()) else {
            return Vec::new();
        };
        let word = complete[given.len()..].iter().find_map(|&(name, _)| {
            let words = self.with_field(&without(&complete, name), name, |it| it.words())?;
            Some((name, words))
        });
        let Some((name, words)) = word else {
            return vec![self.shape(&given, &complete)];
        };
        let mut alike: Vec<(Vec<&str>, Vec<Shape>)> = Vec::new();
        for word in words {
            let mut given = given.clone();
            given.push((name, Probe::Text(word.to_owned())));
            let shapes = self.shapes(given);
            match alike.iter_mut().find(|(_, it)| *it == shapes) {
                Some((words, _)) => words.push(word),
                None => alike.push((vec![word], shapes)),
            }
        }
        let with_words = |(words, shapes): (Vec<&str>, Vec<Shape>)| {
            let word = Field { name, is_required: true, schema: one_of(&words) };
            shapes.into_iter().map(move |mut shape| {
                shape.insert(0, word.clone());
                shape
            })
        };
        alike.into_iter().flat_map(with_words).collect()
    }

    /// The fields of a complete object, and those that may be there as well; without those given.
    fn shape(&self, given: &Fields, complete: &Fields) -> Shape {
        let mut shape = Shape::new();
        for &name in self.field_names() {
            if has(given, name) {
                continue;
            }
            let (others, is_required) = (without(complete, name), has(complete, name));
            let is_taken = |it: &Learner<'_>| is_required || it.sample().is_some();
            let schema = self.with_field(&others, name, |it| is_taken(it).then(|| it.schema()));
            shape.extend(schema.map(|schema| Field { name, is_required, schema }));
        }
        shape
    }

    fn takes_any_field(&self) -> bool {
        self.takes(&Probe::Object(vec![("\0", Probe::Flag(true))]))
    }

    /// The names of all fields that the reader knows.
    fn field_names(&self) -> &'static [&'static str] {
        match (self.read)(&Probe::Object(vec![("\0", Probe::Flag(true))])) {
            Err(Wrong::UnknownField(names)) => names,
            _ => &[],
        }
    }
}

/// What is wrong, seen from one level further inside: what the object around it lacks does not matter there.
fn seen_from_inside(answer: Result<(), Wrong>) -> Result<(), Wrong> {
    match answer {
        Err(Wrong::Missing { level: 0, .. }) => Ok(()),
        Err(Wrong::Missing { field, level }) => Err(Wrong::Missing { field, level: level - 1 }),
        other => other,
    }
}

fn has(fields: &Fields, name: &str) -> bool {
    fields.iter().any(|(it, _)| *it == name)
}

fn without(fields: &Fields, name: &str) -> Fields {
    fields.iter().filter(|(it, _)| *it != name).cloned().collect()
}

/// The schema of some words.
pub(super) fn one_of(words: &[&str]) -> Value {
    match words {
        [word] => json!({"const": word}),
        words => json!({"enum": words}),
    }
}

/// The schema of what one of several schemas takes.
pub(super) fn any_of(mut schemas: Vec<Value>) -> Value {
    match schemas.len() {
        1 => schemas.remove(0),
        _ => json!({"anyOf": schemas}),
    }
}

/// The schema of an object that has these fields and no other.
pub(super) fn object(shape: Shape) -> Value {
    let required: Vec<_> = shape.iter().filter(|it| it.is_required).map(|it| it.name).collect();
    let properties: Map<String, Value> =
        shape.into_iter().map(|it| (it.name.to_owned(), it.schema)).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}
