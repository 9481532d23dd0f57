//! A store from outside: its modes, banks, programs, damage and upkeep.

mod bank;
mod damage;
mod modes;
mod tools;
mod upkeep;
