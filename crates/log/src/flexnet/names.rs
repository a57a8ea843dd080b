//! Names that occur again and again, each kept once.

use std::collections::HashMap;
use std::hash::Hash;

/// Numbers for values, in order of their first appearance.
#[derive(Debug)]
pub(super) struct Numbered<T> {
    numbers: HashMap<T, u32>,
    values: Vec<T>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Numbered<T> {
        Numbered { numbers: HashMap::new(), values: Vec::new() }
    }
}

impl<T: Clone + Eq + Hash> Numbered<T> {
    /// The number of a value, new or not.
    pub(super) fn number(&mut self, value: T) -> u32 {
        if let Some(number) = self.numbers.get(&value) {
            return *number;
        }
        let number = u32::try_from(self.values.len()).expect("fewer than four billion names");
        self.values.push(value.clone());
        self.numbers.insert(value, number);
        number
    }

    pub(super) fn get(&self, number: u32) -> &T {
        &self.values[number as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }
}

/// What a check-in must share with the check-out that it ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Connection {
    pub(super) daemon: u32,
    pub(super) feature: String,
    pub(super) user: String,
    pub(super) host: String,
}

impl Connection {
    /// Login and host, or the login alone where a line has no host.
    pub(super) fn user_at_host(&self) -> String {
        match self.host.as_str() {
            "" => self.user.clone(),
            host => format!("{}@{host}", self.user),
        }
    }
}

/// The daemons and connections of all logs.
#[derive(Debug, Default)]
pub(super) struct Directory {
    pub(super) daemons: Numbered<String>,
    pub(super) connections: Numbered<Connection>,
}
