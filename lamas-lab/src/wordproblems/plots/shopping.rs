//! Buying and selling.

use crate::wordproblems::story::{Story, bare, count, dollars, of};
use crate::wordproblems::words::{Thing, n_of, usd};

const STATIONERY: [Thing; 8] = [
    Thing::new("notebook", "notebooks"),
    Thing::new("gel pen", "gel pens"),
    Thing::new("eraser", "erasers"),
    Thing::new("ruler", "rulers"),
    Thing::new("sketch pad", "sketch pads"),
    Thing::new("glue stick", "glue sticks"),
    Thing::new("pencil case", "pencil cases"),
    Thing::new("box of crayons", "boxes of crayons"),
];

const CLOTHES: [Thing; 8] = [
    Thing::new("jacket", "jackets"),
    Thing::new("backpack", "backpacks"),
    Thing::new("pair of boots", "pairs of boots"),
    Thing::new("raincoat", "raincoats"),
    Thing::new("desk lamp", "desk lamps"),
    Thing::new("tennis racket", "tennis rackets"),
    Thing::new("wool blanket", "wool blankets"),
    Thing::new("suitcase", "suitcases"),
];

/// A basket of two or three kinds of things, perhaps a coupon, perhaps change.
pub(super) fn basket(s: &mut Story) {
    let p = s.person();
    let [a, b, c] = s.pick_several(&STATIONERY);
    let (na, nb, nc) = (s.int(2, 9), s.int(2, 7), s.int(2, 5));
    let (pa, pb, pc) = (s.price(1, 4), s.price(1, 4), s.price(2, 6));
    let third = s.maybe(50);
    if third {
        s.say(&format!(
            "{p} is getting ready for the new school year and buys {} at {} each, {} at {} each and {} at {} each.",
            a.n(na),
            usd(pa),
            b.n(nb),
            usd(pb),
            c.n(nc),
            usd(pc)
        ));
    } else {
        s.say_either(&[
            &format!("{p} puts {} and {} into {} basket.", a.n(na), b.n(nb), p.her),
            &format!("{p} goes to the stationery shop for {} and {}.", a.n(na), b.n(nb)),
        ]);
        s.say(&format!("Each {} costs {} and each {} costs {}.", a.one, usd(pa), b.one, usd(pb)));
    }
    s.aside(&format!("The shop has {} kinds of pen on display.", na * 7 + nb));
    let mut costs = vec![
        s.mul(&format!("the {} cost", a.many), na, pa, dollars()),
        s.mul(&format!("the {} cost", b.many), nb, pb, dollars()),
    ];
    if third {
        costs.push(s.mul(&format!("the {} cost", c.many), nc, pc, dollars()));
    }
    let mut total = s.sum("altogether that is", &costs, dollars());
    if s.maybe(40) {
        let off = s.int(2, 5);
        s.say(&format!("At the till {p} hands over a coupon for {} off the whole purchase.", usd(off)));
        total = s.sub("with the coupon that makes", total, off, dollars());
    }
    if s.maybe(50) {
        let note = s.pick(&[50, 100]);
        s.require(total < note.into());
        s.say(&format!("{} pays with a ${note} bill.", p.she));
        s.sub("the change is", note, total, dollars());
        s.ask(&[
            "How many dollars of change does the cashier give back?",
            &format!("How much change, in dollars, does {p} get?"),
        ]);
    } else {
        s.ask(&[&format!("How many dollars does {p} pay in all?"), "What does the whole purchase cost, in dollars?"]);
    }
}

/// Packs against single pieces.
pub(super) fn packs(s: &mut Story) {
    let p = s.person();
    let thing = s.pick(&[
        Thing::new("bottle of water", "bottles of water"),
        Thing::new("juice box", "juice boxes"),
        Thing::new("battery", "batteries"),
        Thing::new("light bulb", "light bulbs"),
        Thing::new("yogurt", "yogurts"),
    ]);
    let size = s.pick(&[4, 6, 8, 10, 12]);
    let packs = s.int(3, 8);
    let single = s.price(1, 3);
    let off = s.int(1, size / 2);
    let pack = single * size - off;
    let n = packs * size;
    s.say(&format!("{p} needs {} for a street party.", thing.n(n)));
    s.say_either(&[
        &format!("One {} costs {} on its own, but a pack of {size} costs {}.", thing.one, usd(single), usd(pack)),
        &format!("A pack of {size} is sold for {}, while single ones cost {} apiece.", usd(pack), usd(single)),
    ]);
    s.aside(&format!("The party starts at {packs} in the afternoon."));
    let loose = s.mul("bought singly they cost", n, single, dollars());
    let number = s.div(&format!("{p} would need"), n, size, count("pack", "packs"));
    let packed = s.mul("in packs they cost", number, pack, dollars());
    s.sub("the saving is", loose, packed, dollars());
    s.ask(&[
        &format!("How many dollars does {p} save by buying packs instead of single ones?"),
        "How much cheaper, in dollars, are the packs than the same number bought one by one?",
    ]);
}

/// A sale, then a tax or a second reduction.
pub(super) fn sale(s: &mut Story) {
    let p = s.person();
    let thing = s.pick(&CLOTHES);
    let price = s.multiple(20, 40, 240);
    let off = s.pick(&[10, 15, 20, 25, 30, 40]);
    s.say_either(&[
        &format!("{} that usually costs ${price} is on sale at {off}% off.", thing.a()),
        &format!("A shop takes {off}% off the price of {}, which was ${price} before.", thing.a()),
    ]);
    let cut = s.percent("the reduction is", off, price, dollars());
    let mut now = s.sub("the sale price is", price, cut, dollars());
    if s.maybe(20) {
        s.ask(&[&format!("How many dollars does {p} pay for one in the sale?")]);
        return;
    }
    if s.maybe(50) {
        let more = s.pick(&[5, 10, 20]);
        s.say(&format!("Members of the shop's club get another {more}% off the sale price, and {p} is a member."));
        let second = s.percent("the members' reduction is", more, now, dollars());
        now = s.sub(&format!("{p} pays"), now, second, dollars());
    }
    match s.int(0, 2) {
        0 => {
            let tax = s.pick(&[5, 8, 10]);
            s.say(&format!("A sales tax of {tax}% is added to what {p} pays for it."));
            let levy = s.percent("the tax is", tax, now, dollars());
            s.add("with tax that makes", now, levy, dollars());
            s.ask(&[&format!("How many dollars does {p} pay in total?")]);
        }
        1 => {
            let n = s.int(2, 5);
            s.say(&format!("{p} buys {n} of them."));
            s.mul(&format!("{n} of them cost"), n, now, dollars());
            s.ask(&[&format!("What does {p} pay altogether, in dollars?")]);
        }
        _ => {
            let purse = s.multiple(10, 50, 300);
            s.say(&format!("{p} has ${purse} with {} and buys one.", p.them));
            s.sub(&format!("{p} keeps"), purse, now, dollars());
            s.ask(&[&format!("How many dollars does {p} have left?")]);
        }
    }
}

/// A budget, one large purchase, and as many small ones as the rest allows.
pub(super) fn budget(s: &mut Story) {
    let p = s.person();
    let big = s.pick(&CLOTHES);
    let small = s.pick(&STATIONERY);
    let price = s.int(2, 6);
    let affordable = s.int(5, 15);
    let cost = s.int(18, 60);
    let start = cost + price * affordable;
    let gift = s.int(5, 30);
    let gifted = s.maybe(50) && start > gift + 10;
    if gifted {
        s.say(&format!("{p} has ${} in {} wallet, and {} grandmother adds ${gift}.", start - gift, p.her, p.her));
        s.add(&format!("{p} has"), start - gift, gift, dollars());
    } else {
        s.say(&format!("{p} has ${start} to spend."));
    }
    s.say(&format!(
        "{} buys {} for ${cost} and spends everything else on {} at ${price} each.",
        p.she,
        big.a(),
        small.many
    ));
    let rest = s.sub(&format!("after the {} there remain", big.one), start, cost, dollars());
    let bought = s.div(&format!("{p} can buy"), rest, price, of(small));
    if s.maybe(50) {
        let friends = s.int(2, 4);
        s.require(affordable > friends);
        s.say(&format!("{} gives one of them to each of {} {friends} cousins and keeps the others.", p.she, p.her));
        s.sub(&format!("{p} keeps"), bought, friends, of(small));
        s.ask(&[&format!("How many {} does {p} keep?", small.many)]);
    } else {
        s.ask(&[&format!("How many {} does {p} get?", small.many)]);
    }
}

/// A sale for a good cause that still misses its goal.
pub(super) fn fundraiser(s: &mut Story) {
    let cause = s.pick(&["a trip to the science museum", "new band uniforms", "a greenhouse", "the animal shelter"]);
    let [a, b] = s.pick_several(&[
        Thing::new("cupcake", "cupcakes"),
        Thing::new("bookmark", "bookmarks"),
        Thing::new("plant", "plants"),
        Thing::new("candle", "candles"),
        Thing::new("slice of pie", "slices of pie"),
    ]);
    let (na, nb) = (s.multiple(5, 20, 80), s.multiple(2, 12, 50));
    let (pa, pb) = (s.price(1, 3), s.price(2, 5));
    let grade = s.pick(&["fourth", "fifth", "sixth", "seventh"]);
    s.say_either(&[
        &format!("The {grade} grade is raising money for {cause}."),
        &format!("To pay for {cause}, the {grade}-grade students hold a sale."),
    ]);
    s.say(&format!("They sell {} for {} each and {} for {} each.", a.n(na), usd(pa), b.n(nb), usd(pb)));
    let ra = s.mul(&format!("the {} bring in", a.many), na, pa, dollars());
    let rb = s.mul(&format!("the {} bring in", b.many), nb, pb, dollars());
    let mut raised = s.add("together that is", ra, rb, dollars());
    if s.maybe(60) {
        let costs = s.multiple(5, 15, 40);
        s.say(&format!("The materials cost ${costs}, which they pay out of the takings."));
        raised = s.sub("after the materials there are", raised, costs, dollars());
    }
    if s.maybe(60) {
        let donor = s.pick(&["a bakery", "the parents' council", "a local bank"]);
        let gift = s.multiple(10, 20, 90);
        s.say(&format!("In addition, {donor} donates ${gift}."));
        raised = s.add("with the donation there are", raised, gift, dollars());
    }
    let goal = s.multiple(50, 250, 600);
    s.say(&format!("Their goal is ${goal}."));
    let short = s.sub("they still need", goal, raised, dollars());
    if s.maybe(55) {
        let students = s.pick(&[10, 12, 15, 20, 25]);
        s.say(&format!(
            "The {students} students decide that each of them will earn an equal share of what is missing."
        ));
        s.div("each of them earns", short, students, dollars());
        s.ask(&["How many dollars does each student have to earn?"]);
        return;
    }
    s.ask(&[
        "How many dollars are they still short of the goal?",
        "How much more money, in dollars, do they have to raise?",
    ]);
}

/// A stall: costs against takings.
pub(super) fn stall(s: &mut Story) {
    let p = s.person();
    let (drink, place) = s.pick(&[
        ("lemonade", "outside the park"),
        ("iced tea", "at the flea market"),
        ("hot cocoa", "beside the ice rink"),
        ("apple cider", "at the harvest fair"),
    ]);
    let jugs = s.int(3, 9);
    let cups = s.pick(&[8, 10, 12, 15]);
    let price = s.price(1, 3);
    let cost = s.int(2, 5);
    let fixed = s.int(4, 20);
    s.say(&format!("{p} sells {drink} {place}."));
    s.say_either(&[
        &format!("{} makes {jugs} jugs, and each jug fills {cups} cups.", p.she),
        &format!("Each of the {jugs} jugs that {} makes is enough for {cups} cups.", p.she),
    ]);
    s.say(&format!("A jug costs {} ${cost} to make, and the table is rented for ${fixed}.", p.them));
    s.say(&format!("{} sells every cup for {}.", p.she, usd(price)));
    let all = s.mul("the jugs fill", jugs, cups, count("cup", "cups"));
    let takings = s.mul("the takings are", all, price, dollars());
    let drinks = s.mul("making the drink costs", jugs, cost, dollars());
    let costs = s.add("with the table the costs are", drinks, fixed, dollars());
    let profit = s.sub("the profit is", takings, costs, dollars());
    if s.maybe(40) {
        let helpers = s.int(1, 3);
        s.say(&format!(
            "The profit is divided equally between {p} and {}.",
            if helpers == 1 {
                "a friend who helps".to_owned()
            } else {
                format!("the {} who help", n_of(helpers, "friend"))
            }
        ));
        s.div("each of them gets", profit, helpers + 1, dollars());
        s.ask(&["How many dollars does each of them get?"]);
    } else {
        s.ask(&[
            &format!("What is {p}'s profit in dollars?"),
            &format!("How many dollars does {p} earn after all costs?"),
        ]);
    }
}

/// Crates of fruit bought in bulk and sold by the piece, some of them spoiled.
pub(super) fn resale(s: &mut Story) {
    let p = s.person();
    let fruit = s.pick(&[
        Thing::new("mango", "mangoes"),
        Thing::new("pineapple", "pineapples"),
        Thing::new("melon", "melons"),
        Thing::new("coconut", "coconuts"),
    ]);
    let crates = s.int(4, 12);
    let per = s.pick(&[10, 12, 20, 24]);
    let bad = s.int(1, 9);
    let price = s.int(2, 4);
    let cost = per * price / 2 + s.int(-4, 2);
    s.say(&format!("{p} runs a fruit stand and buys {crates} crates of {} at ${cost} a crate.", fruit.many));
    s.say(&format!("There are {per} {} in a crate.", fruit.many));
    let (were, sell) = if bad == 1 { ("is", "the others") } else { ("are", "the rest") };
    s.say(&format!(
        "{bad} of the {} {were} spoiled and thrown away, and {sell} are sold for ${price} each.",
        fruit.many
    ));
    let all = s.mul(&format!("{p} buys"), crates, per, of(fruit));
    let good = s.sub("of these,", all, bad, bare().then("can be sold"));
    let takings = s.mul("they sell for", good, price, dollars());
    let paid = s.mul("the crates cost", crates, cost, dollars());
    s.sub("the gain is", takings, paid, dollars());
    s.ask(&[
        &format!("How many dollars does {p} gain?"),
        &format!("How much money, in dollars, does {p} make on the {}?", fruit.many),
    ]);
}
