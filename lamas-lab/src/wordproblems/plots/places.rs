//! Rooms, gardens and containers: lengths, areas and volumes.

use crate::wordproblems::story::{Story, Unit, count, dollars, measure};
use crate::wordproblems::words::{Amount, n_of, usd};

fn feet() -> Unit {
    measure("foot", "feet")
}

fn square_feet() -> Unit {
    measure("square foot", "square feet")
}

/// A fence with a gate.
pub(super) fn fence(s: &mut Story) {
    let p = s.person();
    let (length, width) = (s.int(18, 60), s.int(10, 40));
    let gate = s.int(3, 6);
    let price = s.int(4, 12);
    s.require(length > width);
    let what = s.pick(&["vegetable garden", "dog run", "paddock", "playground"]);
    s.say_either(&[
        &format!("{p} fences a rectangular {what} that is {length} feet long and {width} feet wide."),
        &format!("A rectangular {what} measures {length} feet by {width} feet, and {p} puts a fence around it."),
    ]);
    s.say(&format!("A gap of {gate} feet is left for a gate."));
    let half = s.add("one long and one short side make", length, width, feet());
    let around = s.mul("all around it is", half, 2, feet());
    let fence = s.sub("without the gate that is", around, gate, feet());
    if s.maybe(70) {
        s.say(&format!("The fence costs ${price} a foot."));
        let cost = s.mul("the fence costs", fence, price, dollars());
        if s.maybe(60) {
            let gate_price = s.multiple(5, 40, 120);
            s.say(&format!("The gate itself costs ${gate_price}."));
            s.add("with the gate that is", cost, gate_price, dollars());
            s.ask(&["How many dollars do the fence and the gate cost together?"]);
        } else {
            s.ask(&["How many dollars does the fence cost?"]);
        }
    } else {
        s.ask(&["How many feet of fence are needed?"]);
    }
}

/// Tiles, boxes and money.
pub(super) fn tiles(s: &mut Story) {
    let p = s.person();
    let side = s.pick(&[1, 2, 3]);
    let (across, along) = (s.int(4, 12), s.int(5, 14));
    let per_box = s.pick(&[4, 5, 6, 8, 10]);
    let room = s.pick(&["kitchen", "hallway", "workshop", "terrace", "laundry room"]);
    let (length, width) = (along * side, across * side);
    s.say(&format!("The floor of {p}'s {room} is {length} feet long and {width} feet wide."));
    let kind =
        if side == 1 { "one-foot square tiles".to_owned() } else { format!("square tiles with sides of {side} feet") };
    s.say(&format!("{} covers it with {kind}.", p.she));
    let area = s.mul("the floor is", length, width, square_feet());
    let number = if side == 1 {
        area
    } else {
        let tile = s.mul("a tile covers", side, side, square_feet());
        s.div(&format!("{p} needs"), area, tile, count("tile", "tiles"))
    };
    let mut need = number;
    if s.maybe(40) {
        let spare = s.int(3, 12);
        s.say(&format!("{} gets {spare} more tiles than that in case some break.", p.she));
        need = s.add("with the spare ones that is", number, spare, count("tile", "tiles"));
    }
    if s.maybe(60) {
        s.say(&format!("The tiles are sold in boxes of {per_box}, and {} needs full boxes only.", p.she));
        let boxes = s.div("that is", need, per_box, count("box", "boxes"));
        let price = s.int(11, 38);
        s.say(&format!("A box costs ${price}."));
        let cost = s.mul("the tiles cost", boxes, price, dollars());
        if s.maybe(40) {
            let (wage, hours) = (s.multiple(5, 25, 60), s.int(3, 8));
            s.say(&format!("A tiler works for {hours} hours at ${wage} an hour to lay them."));
            let labor = s.mul("the work costs", hours, wage, dollars());
            s.add("with the work that is", cost, labor, dollars());
            s.ask(&["How many dollars do the tiles and the work cost together?"]);
            return;
        }
        s.ask(&["How many dollars do the tiles cost?"]);
    } else {
        let price = s.price(2, 6);
        s.say(&format!("A tile costs {}.", usd(price)));
        s.mul("the tiles cost", need, price, dollars());
        s.ask(&[&format!("How many dollars does {p} spend on tiles?")]);
    }
}

/// Painting walls with windows left out.
pub(super) fn paint(s: &mut Story) {
    let p = s.person();
    let (length, width, height) = (s.int(10, 18), s.int(8, 14), s.pick(&[8, 9, 10]));
    let windows = s.int(1, 3);
    let window = s.multiple(2, 10, 20);
    let cover = s.pick(&[20, 25, 40, 50, 60]);
    let room = s.pick(&["bedroom", "classroom", "studio", "waiting room"]);
    s.say(&format!(
        "{p} paints the four walls of a {room} that is {length} feet long, {width} feet wide and {height} feet high."
    ));
    let them = if windows == 1 { "a window".to_owned() } else { format!("{windows} windows") };
    let each = if windows == 1 { "which measures" } else { "each of which measures" };
    s.say(&format!(
        "There {} {them}, {each} {window} square feet and is not painted.",
        if windows == 1 { "is" } else { "are" }
    ));
    let half = s.add("a long and a short wall are together", length, width, feet());
    let around = s.mul("around the room it is", half, 2, feet());
    let walls = s.mul("the walls have", around, height, square_feet());
    let glass = if windows == 1 { window.into() } else { s.mul("the windows have", windows, window, square_feet()) };
    let area = s.sub("the area to paint is", walls, glass, square_feet());
    if s.maybe(60) {
        s.require((area / cover).is_integer());
        s.say(&format!("A can of paint is enough for {cover} square feet."));
        let cans = s.div("this takes", area, cover, count("can", "cans"));
        if s.maybe(50) {
            let price = s.int(12, 30);
            s.say(&format!("A can costs ${price}."));
            let cost = s.mul("the paint costs", cans, price, dollars());
            if s.maybe(50) {
                let tools = s.int(15, 45);
                s.say(&format!("Brushes and masking tape cost another ${tools}."));
                s.add("with the tools that is", cost, tools, dollars());
                s.ask(&["How many dollars are spent in all?"]);
            } else {
                s.ask(&["How many dollars does the paint cost?"]);
            }
        } else {
            s.ask(&["How many cans of paint are needed?"]);
        }
    } else {
        s.ask(&["How many square feet are painted?"]);
    }
}

/// Cubes in a box, water in a tank.
pub(super) fn volume(s: &mut Story) {
    let p = s.person();
    let (a, b, c) = (s.int(4, 12), s.int(3, 9), s.int(3, 8));
    if s.maybe(50) {
        let side = s.pick(&[2, 3]);
        s.say(&format!(
            "{p} has a box with inside measurements of {} inches by {} inches by {} inches.",
            a * side,
            b * side,
            c * side
        ));
        s.say(&format!("{} fills it completely with wooden cubes whose edges are {side} inches long.", p.she));
        let base = s.mul("the bottom of the box has", a * side, b * side, measure("square inch", "square inches"));
        let box_volume = s.mul("the box holds", base, c * side, measure("cubic inch", "cubic inches"));
        let face = s.mul("a face of a cube has", side, side, measure("square inch", "square inches"));
        let cube = s.mul("a cube has", face, side, measure("cubic inch", "cubic inches"));
        s.div("the box takes", box_volume, cube, count("cube", "cubes"));
        s.ask(&["How many cubes fit into the box?"]);
    } else {
        let depth = s.int(2, 4);
        s.require(c > depth);
        let rate = s.pick(&[2, 3, 4, 6]);
        s.require(a * b * depth % rate == 0);
        s.say(&format!("A pool is {a} yards long, {b} yards wide and {c} feet deep, and one yard is 3 feet."));
        s.say(&format!("{p} fills it to a depth of {depth} feet with {} cubic feet of water a minute.", 9 * rate));
        let length = s.mul("the length is", a, 3, feet());
        let width = s.mul("the width is", b, 3, feet());
        let base = s.mul("the bottom has", length, width, square_feet());
        let water = s.mul("the water has", base, depth, measure("cubic foot", "cubic feet"));
        s.div("filling takes", water, 9 * rate, measure("minute", "minutes"));
        s.ask(&["How many minutes does the filling take?"]);
    }
}

/// A floor in the shape of an L, or with a piece cut out.
pub(super) fn carpet(s: &mut Story) {
    let p = s.person();
    let (length, width) = (s.int(12, 24), s.int(10, 18));
    let (hole_a, hole_b) = (s.int(3, 6), s.int(2, 5));
    let price = s.price(2, 8);
    let (obstacle, place) = s.pick(&[
        ("a rectangular fireplace", "in the middle of one wall"),
        ("a rectangular stage", "in one corner"),
        ("a rectangular counter", "along one side"),
    ]);
    s.say(&format!("A hall is {length} feet by {width} feet."));
    s.say(&format!(
        "There is {obstacle} of {hole_a} feet by {hole_b} feet {place}, and {p} lays carpet on the rest of the floor."
    ));
    let whole = s.mul("the hall has", length, width, square_feet());
    let hole = s.mul("the part left bare is", hole_a, hole_b, square_feet());
    let area = s.sub("the area to cover is", whole, hole, square_feet());
    if s.maybe(20) {
        s.ask(&["How many square feet of carpet are needed?"]);
        return;
    }
    s.say(&format!("The carpet costs {} a square foot.", usd(price)));
    let mut cost = s.mul("the carpet costs", area, price, dollars());
    if s.maybe(40) {
        let percent = s.pick(&[5, 10, 20]);
        s.say(&format!("Because of a sale, {} gets {percent}% off the carpet.", p.she));
        let off = s.percent("the reduction is", percent, cost, dollars());
        cost = s.sub("that leaves", cost, off, dollars());
    }
    if s.maybe(50) {
        let fee = s.multiple(10, 50, 150);
        s.say(&format!("Laying it costs another ${fee}."));
        s.add("with the laying that is", cost, fee, dollars());
    }
    s.ask(&["How many dollars does everything cost?", &format!("What does {p} pay in all, in dollars?")]);
}

/// Seats in a theater.
pub(super) fn theater(s: &mut Story) {
    let place = s.pick(&["theater", "cinema", "concert hall", "circus tent"]);
    let (rows, seats) = (s.int(8, 20), s.multiple(5, 10, 30));
    let percent = s.pick(&[60, 70, 75, 80, 90]);
    let (adult, child) = (s.multiple(2, 10, 24), s.int(4, 9));
    let children = s.multiple(5, 10, 60);
    s.say(&format!("A {place} has {rows} rows of {seats} seats."));
    s.say_either(&[
        &format!("For one show {percent}% of the seats are sold."),
        &format!("On Saturday {percent}% of the seats are taken."),
    ]);
    s.aside(&format!("The show lasts {} minutes.", rows * 5 + 20));
    let all = s.mul("there are", rows, seats, count("seat", "seats"));
    let sold = s.percent("the number sold is", percent, all, count("seat", "seats"));
    if s.maybe(25) {
        s.sub("the number empty is", all, sold, count("seat", "seats"));
        s.ask(&["How many seats stay empty?"]);
        return;
    }
    s.say(&format!("{children} of the tickets are for children at ${child} each; the others cost ${adult}."));
    let adults = s.sub("the others number", sold, children, count("ticket", "tickets"));
    let x = s.mul("the children's tickets bring in", children, child, dollars());
    let y = s.mul("the other tickets bring in", adults, adult, dollars());
    s.add("together that is", x, y, dollars());
    s.ask(&["How many dollars do the tickets bring in?"]);
}

/// Rooms of a hotel by season.
pub(super) fn hotel(s: &mut Story) {
    let kind = s.pick(&["hotel", "hostel", "campground", "guest house"]);
    let what = if kind == "campground" { "pitch" } else { "room" };
    let whats = if kind == "campground" { "pitches" } else { "rooms" };
    let (floors, per) = (s.int(3, 7), s.int(8, 20));
    let area = if kind == "campground" { "fields" } else { "floors" };
    let taken = s.int(10, 30);
    let price = s.multiple(5, 40, 95);
    let nights = s.int(2, 5);
    s.say(&format!("A {kind} has {per} {whats} on each of its {floors} {area}."));
    s.say(&format!(
        "This week {taken} of them are closed for repairs, and all the others are let at ${price} a night."
    ));
    let all = s.mul("altogether there are", floors, per, count(what, whats));
    let open = s.sub("the number open is", all, taken, count(what, whats));
    if s.maybe(25) {
        s.aside(&format!("Guests may stay for up to {nights} nights."));
        s.ask(&[&format!("How many {whats} are open this week?")]);
        return;
    }
    let daily = s.mul("one night brings in", open, price, dollars());
    let total = s.mul(&format!("{nights} nights bring in"), daily, nights, dollars());
    if s.maybe(65) {
        let clean = s.int(4, 12);
        s.say(&format!("Cleaning one {what} costs ${clean} a day."));
        let each = s.mul("cleaning for one day costs", open, clean, dollars());
        let costs = s.mul(&format!("for {nights} days that is"), each, nights, dollars());
        let rest = s.sub("after the cleaning there remain", total, costs, dollars());
        if s.maybe(70) {
            let wages = s.multiple(50, 300, 900);
            s.say(&format!("The staff's wages are ${wages}."));
            s.sub("after the wages there remain", rest, wages, dollars());
            s.ask(&[&format!(
                "How many dollars remain from {nights} nights after paying for the cleaning and the staff?"
            )]);
            return;
        }
        s.ask(&[&format!("How many dollars remain after paying for the cleaning of {}?", n_of(nights, "day"))]);
    } else {
        s.ask(&[&format!("How many dollars does the {kind} take in on {nights} nights?")]);
    }
}

/// Heights gained and lost.
pub(super) fn stairs(s: &mut Story) {
    let p = s.person();
    let steps = s.int(14, 24);
    let floors = s.int(4, 9);
    let times = s.int(2, 5);
    let days = s.int(3, 6);
    let inches = s.pick(&[6, 7, 8]);
    s.say(&format!("{p} lives {floors} floors above the street and always takes the stairs; from one floor to the next there are {steps} steps."));
    s.say(&format!("{} goes up {times} times a day.", p.she));
    s.aside(&format!("The elevator was built {} years ago.", steps + floors));
    let up = s.mul("going up once takes", floors, steps, count("step", "steps"));
    let daily = s.mul("each day that is", up, times, count("step", "steps"));
    if s.maybe(30) {
        s.ask(&[&format!("How many steps does {p} climb in a day?")]);
        return;
    }
    if s.maybe(50) {
        let all = s.mul(&format!("in {days} days that is"), daily, days, count("step", "steps"));
        let goal = all + s.multiple(10, 50, 400);
        s.say(&format!(
            "{} has set {}self the goal of climbing {} steps in {days} days.",
            p.she,
            p.them,
            goal.to_integer()
        ));
        s.sub("the amount still missing is", goal, all, count("step", "steps"));
        s.ask(&["How many steps does that leave for other stairs?"]);
    } else {
        s.say(&format!("Each step is {inches} inches high, and a foot has 12 inches."));
        let height = s.mul("the height is", daily, inches, measure("inch", "inches"));
        s.div("in feet that is", height, 12, feet());
        s.ask(&[&format!("How many feet does {p} climb in a day?")]);
    }
}

/// Water use of a household.
pub(super) fn water(s: &mut Story) {
    let p = s.person();
    let people = s.int(3, 6);
    let minutes = s.int(5, 12);
    let (old, new) = (s.int(12, 18), s.int(6, 10));
    let days = s.pick(&[7, 10, 30]);
    s.say(&format!("In {p}'s family {people} people shower for {minutes} minutes each every day."));
    s.say_either(&[
        &format!("The old shower head uses {old} liters a minute; a new one uses {new} liters a minute."),
        &format!("With a new shower head they need only {new} liters a minute instead of {old}."),
    ]);
    let time = s.mul("each day they shower for", people, minutes, measure("minute", "minutes"));
    let less = s.sub("each minute the new one saves", old, new, measure("liter", "liters"));
    let daily = s.mul("each day it saves", time, less, measure("liter", "liters"));
    let all = s.mul(&format!("in {days} days it saves"), daily, days, measure("liter", "liters"));
    if s.maybe(50) {
        s.require((all / 100).is_integer());
        let price = s.pick(&[Amount::new(1, 2), Amount::new(1, 4), Amount::new(2, 5)]);
        s.say(&format!("Water costs {} for 100 liters.", usd(price)));
        let units = s.div("in hundreds of liters that is", all, 100, count("unit", "units"));
        s.mul("they save", units, price, dollars());
        s.ask(&[&format!("How many dollars does the family save in {days} days?")]);
    } else {
        s.ask(&[&format!("How many liters does the new shower head save in {days} days?")]);
    }
}
