//! Questions answered from the lake, through the API.

mod answers;
mod reference;
pub(crate) mod world;
