//! The text form of criteria: a sentence that people write and read.

mod duration;
mod lexer;
mod parse_leaf;
mod parse_occurrence;
mod parse_test;
mod parse_window;
mod parser;
mod print;
mod print_zh;
mod problem;
mod words;

pub use parser::parse;
pub use print::print;
pub use print_zh::print_zh;
pub use problem::{Place, TextProblem};
