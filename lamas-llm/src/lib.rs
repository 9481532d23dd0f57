//! lamas-llm
