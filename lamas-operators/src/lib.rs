//! lamas-operators
