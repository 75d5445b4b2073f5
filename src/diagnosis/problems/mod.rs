//! Kinds of problems: what each is called, how much it matters, and what to do about it.

pub(crate) mod clients;
pub(crate) mod programs;
pub(crate) mod registries;
