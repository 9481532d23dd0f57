//! The plots, by the world they are set in. Each is one function that tells a story with fresh numbers; most have
//! parts that may or may not happen, so that one plot gives problems of different lengths.

mod food;
mod money;
mod people;
mod places;
mod school;
mod shopping;
mod travel;
mod work;

use super::story::Story;

/// A plot tells its story and works it out.
pub(super) type Plot = fn(&mut Story);

/// Every plot. The order is part of what a seed means.
pub(super) const ALL: &[Plot] = &[
    shopping::basket,
    shopping::packs,
    shopping::sale,
    shopping::budget,
    shopping::fundraiser,
    shopping::stall,
    shopping::resale,
    money::savings,
    money::wages,
    money::odd_jobs,
    money::interest,
    money::bill,
    money::plans,
    money::coins,
    money::exchange,
    money::shares,
    travel::legs,
    travel::meeting,
    travel::fuel,
    travel::passengers,
    travel::laps,
    travel::schedule,
    travel::hike,
    people::ages,
    people::age_sum,
    people::chain,
    people::sweets,
    people::class,
    people::votes,
    people::club,
    people::league,
    people::average,
    food::recipe,
    food::eggs,
    food::orchard,
    food::bakery,
    food::mixture,
    food::feeding,
    food::garden,
    food::pizza,
    work::together,
    work::reading,
    work::factory,
    work::tank,
    work::download,
    work::crew,
    work::battery,
    work::cutting,
    work::progress,
    work::printing,
    places::fence,
    places::tiles,
    places::paint,
    places::volume,
    places::carpet,
    places::theater,
    places::hotel,
    places::stairs,
    places::water,
    school::marks,
    school::quiz,
    school::library,
    school::habit,
    school::pedometer,
    school::supplies,
    school::parade,
];
