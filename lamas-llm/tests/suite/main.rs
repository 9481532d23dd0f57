//! Endpoints: the client, and the limits that hold it back.

mod book;
mod limit_drops;
mod limit_pool;
mod openai;
