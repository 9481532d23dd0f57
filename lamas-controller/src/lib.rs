//! lamas-controller
