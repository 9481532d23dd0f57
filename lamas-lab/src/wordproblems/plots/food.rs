//! Kitchens, farms and animals.

use crate::wordproblems::story::{Story, Unit, bare, count, dollars, measure, of};
use crate::wordproblems::words::{Amount, Thing, decimal, fraction, n_of, usd};

fn cups() -> Unit {
    measure("cup", "cups")
}

/// A recipe for more people.
pub(super) fn recipe(s: &mut Story) {
    let p = s.person();
    let (dish, ingredient) = s.pick(&[
        ("pancakes", "flour"),
        ("risotto", "rice"),
        ("pumpkin soup", "broth"),
        ("rice pudding", "milk"),
        ("granola", "oats"),
    ]);
    let serves = s.pick(&[2, 4, 5, 6]);
    let batches = s.int(3, 8);
    let cups_per = s.pick(&[Amount::new(3, 2), Amount::from(2), Amount::new(5, 2), Amount::from(3)]);
    let people = serves * batches;
    let have = s.int(1, 4);
    let has = decimal(cups_per);
    s.say(&format!("A recipe for {dish} that serves {serves} people needs {has} cups of {ingredient}."));
    s.say_either(&[
        &format!("{p} is cooking for {people} people and has {} of {ingredient} in the pantry.", n_of(have, "cup")),
        &format!("{p} wants to feed {people} people but finds only {} of {ingredient} at home.", n_of(have, "cup")),
    ]);
    s.aside(&format!("The oven takes {} minutes to heat up.", serves * 2));
    let times = s.div(&format!("{p} makes the recipe"), people, serves, count("time", "times"));
    let need = s.mul(&format!("{p} needs"), times, cups_per, cups());
    let missing = s.sub(&format!("{p} is missing"), need, have, cups());
    if s.maybe(50) {
        let price = s.multiple(2, 2, 6);
        s.say(&format!("A cup of {ingredient} costs {} at the corner shop.", usd(price)));
        s.mul("the missing amount costs", missing, price, dollars());
        s.ask(&[&format!("How many dollars does {p} spend on the missing {ingredient}?")]);
    } else {
        s.ask(&[&format!("How many more cups of {ingredient} does {p} need?")]);
    }
}

/// Hens, eggs, cartons and money.
pub(super) fn eggs(s: &mut Story) {
    let p = s.person();
    let hens = s.int(6, 18);
    let days = s.pick(&[4, 6, 7, 10, 12]);
    let kept = s.int(3, 12);
    let carton = s.pick(&[6, 10, 12]);
    let per_day = s.pick(&[1, 2]);
    let total = hens * per_day * days;
    s.require(total > kept && (total - kept) % carton == 0);
    let bird = s.pick(&[("hens", "hen"), ("ducks", "duck"), ("quails", "quail")]);
    s.say(&format!("{p} keeps {hens} {}, and each {} lays {} a day.", bird.0, bird.1, n_of(per_day, "egg")));
    if per_day == 1 {
        s.mul(&format!("in {days} days they lay"), hens, days, count("egg", "eggs"));
    } else {
        let daily = s.mul("each day they lay", hens, per_day, count("egg", "eggs"));
        s.mul(&format!("in {days} days they lay"), daily, days, count("egg", "eggs"));
    }
    s.say_either(&[
        &format!("From what is laid in {days} days, {} keeps {kept} eggs for baking and packs the rest into cartons of {carton}.", p.she),
        &format!("After {days} days {} sets aside {kept} eggs for the family; the others go into cartons of {carton}.", p.she),
    ]);
    let rest = s.sub("that leaves", total, kept, count("egg", "eggs"));
    let cartons = s.div("these fill", rest, carton, count("carton", "cartons"));
    if s.maybe(70) {
        let price = s.price(3, 6);
        s.say(&format!("A carton sells for {}.", usd(price)));
        let takings = s.mul("they sell for", cartons, price, dollars());
        if s.maybe(50) {
            let feed = s.int(5, 14);
            s.say(&format!("Feed for that time costs ${feed}."));
            s.sub("after the feed there remain", takings, feed, dollars());
            s.ask(&["How many dollars remain after paying for the feed?"]);
        } else {
            s.ask(&["How many dollars do the cartons bring in?"]);
        }
    } else {
        s.ask(&["How many cartons are filled?"]);
    }
}

/// An orchard: trees, spoiled fruit, crates.
pub(super) fn orchard(s: &mut Story) {
    let p = s.person();
    let fruit = s.pick(&[
        Thing::new("apple", "apples"),
        Thing::new("pear", "pears"),
        Thing::new("peach", "peaches"),
        Thing::new("plum", "plums"),
        Thing::new("orange", "oranges"),
    ]);
    let (rows, trees) = (s.int(3, 8), s.int(4, 9));
    let per_tree = s.multiple(20, 60, 160);
    let percent = s.pick(&[5, 10, 15, 20, 25]);
    let crate_size = s.pick(&[20, 30, 40, 50, 60]);
    s.say(&format!("{p}'s orchard has {rows} rows of {trees} {} trees.", fruit.one));
    s.say(&format!("This year every tree bears {per_tree} {}.", fruit.many));
    s.say_either(&[
        &format!("{percent}% of the fruit is damaged by hail, and the rest is packed into crates of {crate_size}."),
        &format!("After {percent}% of the harvest is lost to birds, the remaining fruit goes into crates that hold {crate_size} each."),
    ]);
    s.aside(&format!("The oldest tree was planted {} years ago.", rows * 9 + 3));
    let number = s.mul("the orchard has", rows, trees, count("tree", "trees"));
    let all = s.mul("they bear", number, per_tree, of(fruit));
    let lost = s.percent("the number lost is", percent, all, of(fruit));
    let good = s.sub("that leaves", all, lost, of(fruit));
    let crates = s.div("these fill", good, crate_size, count("crate", "crates"));
    if s.maybe(50) {
        let load = s.int(6, 14);
        s.require((crates / load).is_integer() && crates > Amount::from(load));
        s.say(&format!("A van takes {load} crates at a time."));
        s.div("the van goes", crates, load, count("time", "times"));
        s.ask(&["How many trips does the van make to carry all the crates?"]);
    } else {
        s.ask(&["How many crates are filled?"]);
    }
}

/// A bakery's day.
pub(super) fn bakery(s: &mut Story) {
    let p = s.person();
    let thing = s.pick(&[
        Thing::new("bagel", "bagels"),
        Thing::new("muffin", "muffins"),
        Thing::new("croissant", "croissants"),
        Thing::new("cinnamon roll", "cinnamon rolls"),
        Thing::new("scone", "scones"),
    ]);
    let trays = s.int(5, 12);
    let per = s.pick(&[12, 16, 18, 20, 24]);
    let (top, bottom) = s.pick(&[(1, 2), (1, 3), (2, 3), (3, 4), (2, 5), (1, 4)]);
    let price = s.price(2, 4);
    s.say(&format!("{p} bakes {trays} trays of {per} {} each before dawn.", thing.many));
    s.say(&format!("By noon {} of them are sold at {} each.", fraction(top, bottom), usd(price)));
    let all = s.mul(&format!("{p} bakes"), trays, per, of(thing));
    let noon = s.part("by noon the customers buy", top, bottom, all, of(thing));
    let rest = s.sub("that leaves", all, noon, of(thing));
    if s.maybe(15) {
        s.ask(&[&format!("How many {} are left for the afternoon?", thing.many)]);
        return;
    }
    let half = price / 2;
    s.require((half * 100).is_integer());
    s.say("In the afternoon all the others go at half price.");
    let early = s.mul("the morning brings in", noon, price, dollars());
    let low = s.div("half the price is", price, 2, dollars());
    let late = s.mul("the afternoon brings in", rest, low, dollars());
    let takings = s.add("together that is", early, late, dollars());
    if s.maybe(50) {
        let costs = s.multiple(5, 40, 120);
        s.say(&format!("Flour, butter and electricity for the day cost ${costs}."));
        s.sub("after the costs there remain", takings, costs, dollars());
        s.ask(&["How many dollars remain after these costs?"]);
        return;
    }
    s.ask(&["How many dollars are taken in on that day?", &format!("How much money, in dollars, does {p} take in?")]);
}

/// A drink mixed by ratio.
pub(super) fn mixture(s: &mut Story) {
    let p = s.person();
    let (drink, a, b) = s.pick(&[
        ("fruit punch", "orange juice", "ginger ale"),
        ("green paint", "yellow paint", "blue paint"),
        ("salad dressing", "oil", "vinegar"),
        ("cleaning solution", "water", "vinegar"),
        ("iced coffee", "coffee", "milk"),
    ]);
    let (ra, rb) = s.pick(&[(3, 2), (2, 1), (5, 3), (4, 1), (3, 1)]);
    let k = s.int(3, 9);
    let total = (ra + rb) * k;
    let unit = || measure("cup", "cups");
    s.say(&format!("To make {drink}, {p} mixes {a} and {b} in the ratio {ra} to {rb}."));
    s.say_either(&[
        &format!("{} needs {total} cups of it.", p.she),
        &format!("The recipe must fill a pot of {total} cups."),
    ]);
    let parts = s.add("the ratio has", ra, rb, count("part", "parts"));
    let part = s.div("one part is", total, parts, unit());
    let na = s.mul(&format!("the {a} is"), part, ra, unit());
    if s.maybe(20) {
        s.ask(&[&format!("How many cups of {a} are needed?")]);
        return;
    }
    match s.int(0, 2) {
        0 => {
            let nb = s.mul(&format!("the {b} is"), part, rb, unit());
            s.sub("the difference is", na, nb, unit());
            s.ask(&[&format!("How many more cups of {a} than of {b} are needed?")]);
        }
        1 => {
            let nb = s.mul(&format!("the {b} is"), part, rb, unit());
            let (ca, cb) = (s.price(1, 3), s.price(2, 4));
            s.say(&format!("A cup of {a} costs {} and a cup of {b} costs {}.", usd(ca), usd(cb)));
            let x = s.mul(&format!("the {a} costs"), na, ca, dollars());
            let y = s.mul(&format!("the {b} costs"), nb, cb, dollars());
            let cost = s.add("together that is", x, y, dollars());
            if s.maybe(50) {
                let purse = s.multiple(10, 20, 150);
                s.say(&format!("{p} has ${purse}."));
                s.sub("that leaves", purse, cost, dollars());
                s.ask(&[&format!("How many dollars does {p} have left after buying both?")]);
            } else {
                s.ask(&["How many dollars do the ingredients cost?"]);
            }
        }
        _ => {
            let have = s.int(1, ra * k - 1);
            s.say(&format!("{} has {} of {a}.", p.she, n_of(have, "cup")));
            s.sub(&format!("the missing {a} is"), na, have, unit());
            s.ask(&[&format!("How many more cups of {a} does {p} have to get?")]);
        }
    }
}

/// Food for animals over some days.
pub(super) fn feeding(s: &mut Story) {
    let p = s.person();
    let [(big, bigs), (small, smalls)] = s.pick(&[
        [("dog", "dogs"), ("cat", "cats")],
        [("horse", "horses"), ("pony", "ponies")],
        [("goat", "goats"), ("rabbit", "rabbits")],
        [("parrot", "parrots"), ("canary", "canaries")],
    ]);
    let (nb, ns) = (s.int(2, 6), s.int(3, 9));
    let (eb, es) = (s.int(3, 6), s.int(1, 2));
    let daily = nb * eb + ns * es;
    let bags = s.int(2, 6);
    let days = s.pick(&[7, 10, 14, 30]);
    let left_over = (daily * days).rem_euclid(bags);
    s.require(left_over == 0);
    let bag = daily * days / bags;
    s.say(&format!("{p} looks after {nb} {bigs} and {ns} {smalls}."));
    s.say(&format!("A {big} eats {} of feed a day and a {small} {}.", n_of(eb, "cup"), n_of(es, "cup")));
    let b = s.mul(&format!("the {bigs} eat"), nb, eb, cups());
    let c = s.mul(&format!("the {smalls} eat"), ns, es, cups());
    let both = s.add("each day they eat", b, c, cups());
    s.say(&format!("One bag holds {bag} cups of feed."));
    let all = s.mul(&format!("in {days} days they eat"), both, days, cups());
    let number = s.div("that is", all, bag, count("bag", "bags"));
    if s.maybe(50) {
        let price = s.int(9, 28);
        s.say(&format!("A bag costs ${price}."));
        s.mul("the bags cost", number, price, dollars());
        s.ask(&[&format!("How many dollars does the feed for {days} days cost?")]);
    } else {
        s.ask(&[&format!("How many bags are needed for {days} days?")]);
    }
}

/// Rows of seedlings, of which some sprout.
pub(super) fn garden(s: &mut Story) {
    let p = s.person();
    let (plant, plants) = s.pick(&[
        ("bean", "bean"),
        ("sunflower", "sunflower"),
        ("pea", "pea"),
        ("pumpkin", "pumpkin"),
        ("tomato", "tomato"),
    ]);
    let packets = s.int(4, 9);
    let seeds = s.pick(&[20, 25, 40, 50]);
    let percent = s.pick(&[60, 70, 75, 80, 90]);
    let row = s.pick(&[4, 5, 6, 8, 10]);
    s.say_either(&[
        &format!("{p} sows {packets} packets of {plant} seeds with {seeds} seeds in each."),
        &format!("A packet of {plants} seeds contains {seeds} seeds, and {p} sows {packets} packets."),
    ]);
    s.say(&format!("{percent}% of the seeds sprout."));
    let all = s.mul(&format!("{p} sows"), packets, seeds, count("seed", "seeds"));
    let sprouted = s.percent("the sprouts are", percent, all, bare());
    let mut left = sprouted;
    if s.maybe(60) {
        let eaten = s.int(4, 24);
        let pest = s.pick(&["Slugs eat", "A late frost kills", "Crows pull out"]);
        s.say(&format!("{pest} {eaten} of the sprouts."));
        left = s.sub("that leaves", sprouted, eaten, count("plant", "plants"));
    }
    s.say(&format!("{} sets the plants that are left in rows of {row}, and no plant remains over.", p.she));
    s.div("this makes", left, row, count("row", "rows"));
    s.ask(&["How many rows are there?"]);
}

/// Pieces of pizza at a party.
pub(super) fn pizza(s: &mut Story) {
    let p = s.person();
    let guests = s.int(6, 15);
    let adults = s.int(2, 5);
    let (kid, adult) = (s.int(2, 3), s.int(3, 4));
    let slices = s.pick(&[6, 8, 10]);
    let need = guests * kid + adults * adult;
    let over = (slices - need % slices) % slices;
    let party = s.pick(&["a birthday party", "a team dinner", "a movie night", "a sleepover"]);
    s.say(&format!("{p} orders pizza for {guests} children and {adults} adults at {party}."));
    s.say(&format!("Each child eats {kid} slices and each adult {adult}, and a pizza has {slices} slices."));
    let a = s.mul("the children eat", guests, kid, count("slice", "slices"));
    let b = s.mul("the adults eat", adults, adult, count("slice", "slices"));
    let eaten = s.add("together they eat", a, b, count("slice", "slices"));
    let number = (need + over) / slices;
    if over == 0 {
        s.say("No slice is left over.");
        let n = s.div("this takes", eaten, slices, count("pizza", "pizzas"));
        let price = s.int(9, 16);
        s.say(&format!("One pizza costs ${price}."));
        s.mul("they cost", n, price, dollars());
        s.ask(&["How many dollars do the pizzas cost?"]);
    } else {
        s.say(&format!("{p} orders {number} pizzas."));
        let all = s.mul("there are", number, slices, count("slice", "slices"));
        s.sub("the number left over is", all, eaten, count("slice", "slices"));
        s.ask(&["How many slices are left over?", "How many slices remain when everybody has eaten?"]);
    }
}
