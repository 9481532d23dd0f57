//! lamas-plots
