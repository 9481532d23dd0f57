//! Journeys, timetables and vehicles.

use crate::wordproblems::story::{Story, Unit, bare, count, dollars, measure};
use crate::wordproblems::words::{Amount, cents, clock, n_of, times, usd};

fn miles() -> Unit {
    measure("mile", "miles")
}

fn hours() -> Unit {
    measure("hour", "hours")
}

/// Legs at different speeds.
pub(super) fn legs(s: &mut Story) {
    let p = s.person();
    let (verb, fast, slow) =
        s.pick(&[("drives", 60, 35), ("cycles", 14, 8), ("rides a scooter", 20, 12), ("paddles", 5, 3)]);
    let (v1, v2) = (fast + s.int(-2, 4), slow + s.int(-1, 2));
    s.require(v2 < v1);
    let (t1, t2) = (s.int(2, 4), s.int(2, 5));
    s.say(&format!("{p} {verb} for {} at {v1} miles per hour.", n_of(t1, "hour")));
    s.say_either(&[
        &format!(
            "After a rest of {} minutes {} goes on for {} at {v2} miles per hour.",
            10 * t2,
            p.she,
            n_of(t2, "hour")
        ),
        &format!(
            "Then the way gets worse, and for another {} {} manages only {v2} miles per hour.",
            n_of(t2, "hour"),
            p.she
        ),
    ]);
    let d1 = s.mul("the first part is", v1, t1, miles());
    let d2 = s.mul("the second part is", v2, t2, miles());
    let both = s.add("so far that is", d1, d2, miles());
    if s.maybe(60) {
        let v3 = (v1 + v2) / 2;
        let t3 = s.int(1, 3);
        let whole = both + v3 * t3;
        s.say(&format!(
            "The whole way is {} miles long, and the rest of it is covered at {v3} miles per hour.",
            whole.to_integer()
        ));
        let rest = s.sub("the rest is", whole, both, miles());
        s.div("the rest takes", rest, v3, hours());
        s.ask(&["How many hours does the rest take?", &format!("How many more hours does {p} need?")]);
    } else {
        let time = s.add("moving takes", t1, t2, hours());
        s.div("the average speed is", both, time, measure("mile per hour", "miles per hour"));
        s.ask(&[&format!("Not counting any rest, what is {p}'s average speed in miles per hour?")]);
    }
}

/// Two travelers towards each other, or apart.
pub(super) fn meeting(s: &mut Story) {
    let [a, b] = s.people();
    let (v1, v2) = (s.int(9, 16), s.int(8, 15));
    let t = s.int(2, 5);
    s.require(v1 != v2);
    let apart = (v1 + v2) * t;
    if s.maybe(50) {
        s.say(&format!(
            "{a} and {b} live {apart} miles apart and set out at the same time to meet each other by bicycle."
        ));
        s.say(&format!("{a} rides {v1} miles an hour and {b} rides {v2} miles an hour."));
        let closing = s.add("each hour they come closer by", v1, v2, miles());
        let time = s.div("they meet after", apart, closing, hours());
        let (first, second) =
            (s.mul(&format!("{a} has come"), time, v1, miles()), s.mul(&format!("{b} has come"), time, v2, miles()));
        let (far, near) = if v1 > v2 { (first, second) } else { (second, first) };
        s.sub("the difference is", far, near, miles());
        s.ask(&["When they meet, how many more miles has the faster one ridden than the slower one?"]);
    } else {
        let gap = s.int(1, 2);
        s.say(&format!("Two trucks leave the same depot in opposite directions, {} driven by {a} at {} miles per hour and {} by {b} at {} miles per hour.", "one", v1 * 4, "the other", v2 * 4));
        s.say(&format!("{b} sets out {} after {a}.", n_of(gap, "hour")));
        let total = t + gap;
        let d1 = s.mul(&format!("{a} covers"), v1 * 4, total, miles());
        let t2 = s.sub(&format!("{b} is on the road for"), total, gap, hours());
        let d2 = s.mul(&format!("{b} covers"), v2 * 4, t2, miles());
        s.add("they are apart by", d1, d2, miles());
        s.ask(&[&format!("How many miles apart are the trucks {} after {a} sets out?", n_of(total, "hour"))]);
    }
}

/// Fuel for a trip.
pub(super) fn fuel(s: &mut Story) {
    let p = s.person();
    let per_gallon = s.pick(&[20, 24, 25, 30, 32]);
    let gallons = s.int(3, 8);
    let distance = per_gallon * gallons;
    let price = Amount::from(s.int(3, 4)) + cents(s.pick(&[0, 20, 50, 80]));
    s.say_either(&[
        &format!("{p}'s van goes {per_gallon} miles on a gallon of gas, and gas costs {} a gallon.", usd(price)),
        &format!("Gas is {} a gallon, and {p}'s car needs a gallon for every {per_gallon} miles.", usd(price)),
    ]);
    s.say(&format!("{} drives {distance} miles to visit {} sister and the same way back.", p.she, p.her));
    let both = s.mul("there and back it is", distance, 2, miles());
    let used = s.div(&format!("{p} needs"), both, per_gallon, measure("gallon", "gallons"));
    if s.maybe(20) {
        s.ask(&[&format!("How many gallons of gas does {p} need for both ways?")]);
        return;
    }
    let cost = s.mul("the gas costs", used, price, dollars());
    if s.maybe(50) {
        let toll = s.int(2, 7);
        s.say(&format!("Each way there is also a toll of ${toll}."));
        let tolls = s.mul("the tolls are", toll, 2, dollars());
        let all = s.add("the trip costs", cost, tolls, dollars());
        let riders = s.int(1, 3);
        if s.maybe(50) {
            s.say(&format!(
                "{} on board, and everybody including {p} pays the same share.",
                if riders == 1 { "One friend is".to_owned() } else { format!("{riders} friends are") }
            ));
            s.div("each of them pays", all, riders + 1, dollars());
            s.ask(&["How many dollars does each person pay?"]);
            return;
        }
    }
    s.ask(&["How many dollars does the whole trip cost?", &format!("What does {p} spend on the trip, in dollars?")]);
}

/// Passengers getting on and off.
pub(super) fn passengers(s: &mut Story) {
    let vehicle = s.pick(&["bus", "ferry", "tram", "shuttle"]);
    let stop = if vehicle == "ferry" { "pier" } else { "stop" };
    let people = || count("passenger", "passengers");
    let start = s.int(18, 45);
    let (off1, on1, off2, on2) = (s.int(3, 12), s.int(2, 15), s.int(4, 14), s.int(2, 9));
    let twice = s.maybe(60);
    s.say(&format!("A {vehicle} sets off with {start} passengers."));
    s.say_either(&[
        &format!("At the first {stop}, {off1} get off and {on1} get on."),
        &format!("At the first {stop}, {on1} people board after {off1} have left."),
    ]);
    if twice {
        s.say(&format!("At the next {stop}, {off2} more get off and {on2} get on."));
    }
    if s.maybe(25) {
        // Who leaves does not matter to the fares.
        let fare = s.pick(&[2, 3, 4]);
        s.say(&format!("A ride costs ${fare}, however long it is, and everybody pays on boarding."));
        let boarded: &[Amount] =
            if twice { &[start.into(), on1.into(), on2.into()] } else { &[start.into(), on1.into()] };
        let all = s.sum("the number who boarded is", boarded, bare());
        s.mul("they paid", all, fare, dollars());
        s.ask(&["Counting those on board from the beginning, how many dollars have been paid in fares?"]);
        return;
    }
    let left = s.sub("after the first ones get off there are", start, off1, people());
    let mut now = s.add("with the new ones there are", left, on1, people());
    if twice {
        let left = s.sub("then there remain", now, off2, people());
        now = s.add("and then there are", left, on2, people());
    }
    match s.int(0, 2) {
        0 => {
            let seats = s.int(50, 70);
            s.say(&format!("The {vehicle} has {seats} seats."));
            s.sub("the free seats are", seats, now, bare());
            s.ask(&["If everybody sits down, how many seats are free after that?"]);
        }
        1 => {
            s.say(&format!("At the last {stop} before the end, a third of those on board get off."));
            let third = s.part("a third is", 1, 3, now, people());
            s.sub("to the end ride", now, third, people());
            s.ask(&["How many passengers ride to the end of the line?"]);
        }
        _ => s.ask(&["How many passengers are on board then?"]),
    }
}

/// Laps on a track.
pub(super) fn laps(s: &mut Story) {
    let p = s.person();
    let (verb, place, length) = s.pick(&[
        ("runs", "on a track", 400),
        ("swims", "in a pool", 50),
        ("skates", "on an oval", 250),
        ("walks", "around a pond", 600),
    ]);
    let around = if verb == "swims" { "one length of which is" } else { "one lap of which is" };
    let unit = if verb == "swims" { "length" } else { "lap" };
    let daily = s.int(4, 12);
    let days = s.int(3, 6);
    let extra = s.int(2, 6);
    s.say(&format!("{p} {verb} {place}, {around} {length} meters."));
    s.say(&format!(
        "On {days} days of the week {} does {}, and on one more day {} does {}.",
        p.she,
        n_of(daily, unit),
        p.she,
        n_of(daily + extra, unit)
    ));
    let usual = s.mul("on the usual days that is", daily, days, count(unit, &format!("{unit}s")));
    let all = s.add("in the week that is", usual, daily + extra, count(unit, &format!("{unit}s")));
    let meters = s.mul("the distance is", all, length, measure("meter", "meters"));
    if s.maybe(50) {
        let weeks = s.int(2, 6);
        let month = s.mul(&format!("in {weeks} weeks that makes"), meters, weeks, measure("meter", "meters"));
        s.div("in kilometers that is", month, 1000, measure("kilometer", "kilometers"));
        s.say("Every week is the same.");
        s.ask(&[&format!("How many kilometers does {p} cover in {weeks} weeks?")]);
    } else {
        s.ask(&[&format!("How many meters does {p} cover in a week?")]);
    }
}

/// A timetable with pieces that add up.
pub(super) fn schedule(s: &mut Story) {
    let p = s.person();
    let start = s.multiple(15, 7 * 60, 9 * 60);
    let parts = [s.multiple(5, 20, 45), s.multiple(5, 10, 25), s.multiple(5, 40, 75)];
    let slack = s.multiple(5, 5, 40);
    let end = start + parts.iter().sum::<i64>() + slack;
    let (first, then, last, event) = s.pick(&[
        ("packs the tent", "waits for the bus", "rides it", "the campsite opens"),
        ("bakes the cake", "lets it cool", "decorates it", "the guests arrive"),
        ("walks the dog", "has breakfast", "practices the piano", "the lesson begins"),
        ("repairs a tire", "has tea", "cycles to town", "the library opens"),
    ]);
    s.say(&format!("{p}'s morning begins at {}.", clock(start)));
    s.say(&format!(
        "{} {first} for {} minutes, {then} for {} minutes and {last} for {} minutes.",
        p.she, parts[0], parts[1], parts[2]
    ));
    s.say(&format!("On this day {event} at {}.", clock(end)));
    let busy = s.sum("all that takes", &parts.map(Amount::from), measure("minute", "minutes"));
    let hours = (end - start) / 60;
    let between = s.add(
        &format!("from {} to {} there are", clock(start), clock(end)),
        hours * 60,
        (end - start) % 60,
        measure("minute", "minutes"),
    );
    s.require((end - start) % 60 != 0);
    s.sub("that leaves", between, busy, measure("minute", "minutes"));
    s.ask(&[
        &format!("How many minutes are left when {p} has finished?"),
        &format!("How many minutes does {p} have to spare?"),
    ]);
}

/// Days of hiking, each compared with the one before.
pub(super) fn hike(s: &mut Story) {
    let p = s.person();
    let first = s.multiple(2, 6, 14);
    let factor = s.pick(&[2, 3]);
    let less = s.int(2, 5);
    let trail = s.pick(&["a coastal path", "a forest trail", "an old railway line", "a mountain ridge"]);
    s.say(&format!("{p} hikes along {trail} for several days."));
    s.say_either(&[
        &format!("On the first day {} covers {first} miles, on the second {} as far, and on the third {less} miles less than on the second.", p.she, times(factor)),
        &format!("{} starts with {first} miles on day one, walks {} that distance on day two, and {less} miles less than on day two on day three.", p.she, times(factor)),
    ]);
    s.aside(&format!("{} backpack weighs {} pounds.", p.her, first + 10));
    let second = s.mul("the second day is", first, factor, miles());
    let third = s.sub("the third day is", second, less, miles());
    if s.maybe(20) {
        s.ask(&["How many miles is that on the third day?"]);
        return;
    }
    let sum = s.sum("the three days make", &[first.into(), second, third], miles());
    if s.maybe(50) {
        let days = s.int(2, 4);
        let daily = s.int(5, 12);
        let length = sum + days * daily;
        s.say(&format!(
            "The whole trail is {} miles long, and {} divides the rest equally over {days} more days.",
            length.to_integer(),
            p.she
        ));
        let rest = s.sub("the part still to go is", length, sum, miles());
        s.div("each of the last days is", rest, days, miles());
        s.ask(&["How many miles is each of those last days?"]);
    } else {
        let per = s.int(2, 3);
        s.say(&format!("{} drinks a bottle of water every {per} miles.", p.she));
        s.div(&format!("{p} drinks"), sum, per, count("bottle", "bottles"));
        s.ask(&["How many bottles is that in the three days?"]);
    }
}
