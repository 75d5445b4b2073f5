//! What can be wrong on a machine, and what to do about it.
//!
//! `facts` are gathered without changing anything, and all that waits for other programs waits at the
//! same time. `problems` are judged from facts alone: each kind is a variant with an id for scripts, a
//! severity, a cause and a [`Fix`]. A fix is a command as words wherever a command does it, with
//! `sudo` exactly where the user lacks a right.

mod check;
pub(crate) mod facts;
mod fix;
mod operator;
pub(crate) mod problems;

pub(crate) use check::{Check, Section, Status};
pub(crate) use fix::{Command, Fix};
pub(crate) use operator::{Operator, Target};
