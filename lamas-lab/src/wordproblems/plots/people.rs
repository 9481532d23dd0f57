//! Ages, groups and comparisons between people.

use crate::wordproblems::story::{Story, Unit, bare, count, dollars, of};
use crate::wordproblems::words::{Amount, Thing, a, fraction, n_of, spelled, times};

const COLLECTION: [Thing; 8] = [
    Thing::new("marble", "marbles"),
    Thing::new("sticker", "stickers"),
    Thing::new("seashell", "seashells"),
    Thing::new("stamp", "stamps"),
    Thing::new("trading card", "trading cards"),
    Thing::new("comic book", "comic books"),
    Thing::new("toy car", "toy cars"),
    Thing::new("postcard", "postcards"),
];

fn years() -> Unit {
    count("year", "years").then("old")
}

/// Ages linked by multiples and differences, then some years pass.
pub(super) fn ages(s: &mut Story) {
    let [a, b, c] = s.people();
    let young = s.int(4, 12);
    let factor = s.int(2, 4);
    let gap = s.int(2, 9);
    let later = s.int(2, 10);
    s.say_either(&[
        &format!("{a} is {young} years old, and {b} is {} as old.", times(factor)),
        &format!("{b} is {} as old as {a}, who is {young}.", times(factor)),
    ]);
    let b_now = s.mul(&format!("{b} is"), young, factor, years());
    let older = s.maybe(50);
    let c_now = if older {
        s.say(&format!("{c} is {gap} years older than {b}."));
        s.add(&format!("{c} is"), b_now, gap, years())
    } else {
        s.say(&format!("{c} is {gap} years younger than {b}."));
        s.sub(&format!("{c} is"), b_now, gap, years())
    };
    match s.int(0, 3) {
        0 => {
            s.sum("the sum of their ages is", &[young.into(), b_now, c_now], count("year", "years"));
            s.ask(&["What is the sum of their ages?", "How many years old are the three of them together?"]);
        }
        2 => {
            let sum = s.sum("the sum of their ages is", &[young.into(), b_now, c_now], count("year", "years"));
            let grown = s.mul("the three of them together grow older by", later, 3, count("year", "years"));
            s.add("then the sum is", sum, grown, years());
            s.ask(&[&format!("What will the sum of the three ages be in {later} years?")]);
        }
        1 => s.ask(&[&format!("How old is {c}?")]),
        _ => {
            s.require(c_now > Amount::from(young));
            // The difference stays the same; the years that pass are there to distract.
            s.sub("now and later the difference is", c_now, young, count("year", "years"));
            s.ask(&[&format!("In {later} years, by how many years will {c} be older than {a}?")]);
        }
    }
}

/// Ages from their sum and difference.
pub(super) fn age_sum(s: &mut Story) {
    let [a, b] = s.people();
    let young = s.int(6, 20);
    let gap = s.int(3, 15);
    let later = s.int(3, 12);
    let kin = s.pick(&["cousins", "neighbors", "colleagues"]);
    s.say(&format!("{a} and {b} are {kin}; their ages add up to {}.", 2 * young + gap));
    s.say_either(&[&format!("{b} is {gap} years older than {a}."), &format!("{a} is {gap} years younger than {b}.")]);
    let twice = s.sub(&format!("twice {a}'s age is"), 2 * young + gap, gap, count("year", "years"));
    let a_now = s.div(&format!("{a} is"), twice, 2, years());
    let b_now = s.add(&format!("{b} is"), a_now, gap, years());
    match s.int(0, 2) {
        0 => {
            s.add(&format!("in {later} years {b} will be"), b_now, later, years());
            s.ask(&[&format!("How old will {b} be in {later} years?")]);
        }
        1 => {
            let c = s.pick(&["mother", "father", "piano teacher", "trainer"]);
            let factor = s.pick(&[2, 3]);
            s.require(b_now * factor <= Amount::from(75) && b_now * factor >= Amount::from(26));
            s.say(&format!("{b}'s {c} is {} as old as {b}.", times(factor)));
            s.mul(&format!("the {c} is"), b_now, factor, years());
            s.ask(&[&format!("How old is the {c}?")]);
        }
        _ => s.ask(&[&format!("How old is {b} now?")]),
    }
}

/// A chain of collections, each compared with another.
pub(super) fn chain(s: &mut Story) {
    let [a, b, c, d] = s.people();
    let thing = s.pick(&COLLECTION);
    let many = thing.many;
    let base = s.multiple(6, 12, 48);
    let factor = s.int(2, 4);
    let (less, more) = (s.int(3, 11), s.int(4, 15));
    s.say(&format!("{a} has {} in {} collection.", thing.n(base), a.her));
    s.say_either(&[
        &format!("{b} has {} as many as {a}.", times(factor)),
        &format!("{b}'s collection is {} as large.", times(factor)),
    ]);
    let nb = s.mul(&format!("{b} has"), base, factor, of(thing));
    s.say(&format!("{c} has {less} fewer than {b}."));
    let nc = s.sub(&format!("{c} has"), nb, less, of(thing));
    if s.maybe(25) {
        s.ask(&[&format!("How many {many} does {c} have?")]);
        return;
    }
    let mut all: Vec<Amount> = vec![base.into(), nb, nc];
    if s.maybe(60) {
        let bottom = s.pick(&[2, 3]);
        s.say(&format!("{d} has {more} more than {} of {a}'s number.", fraction(1, bottom)));
        let part = s.part(&format!("{} of {a}'s number is", fraction(1, bottom)), 1, bottom, base, bare());
        all.push(s.add(&format!("{d} has"), part, more, of(thing)));
    }
    s.aside(&format!("{b} started collecting {less} years ago."));
    let total = s.sum("together they have", &all, of(thing));
    if s.maybe(50) {
        let page = s.pick(&[4, 5, 6, 8]);
        let group = if all.len() == 4 { "four" } else { "three" };
        s.say(&format!("The {group} friends put all of them into boxes of {page}, and each box turns out to be full."));
        let boxes = s.div("they fill", total, page, count("box", "boxes"));
        if s.maybe(60) {
            let friends = if all.len() == 4 { 4 } else { 3 };
            let price = s.int(2, 9) * friends;
            s.say(&format!("At a fair they sell every box for ${price} and share the money equally."));
            let money = s.mul("the boxes sell for", boxes, price, dollars());
            s.div("each of them gets", money, friends, dollars());
            s.ask(&["How many dollars does each of them get?"]);
            return;
        }
        s.ask(&["How many boxes do they fill?"]);
    } else {
        s.ask(&[&format!("How many {many} do they have altogether?"), "What is the total for the whole group?"]);
    }
}

/// A bag of sweets that is eaten, given away and shared.
pub(super) fn sweets(s: &mut Story) {
    let p = s.person();
    let thing = s.pick(&[
        Thing::new("toffee", "toffees"),
        Thing::new("gumdrop", "gumdrops"),
        Thing::new("chocolate", "chocolates"),
        Thing::new("peppermint", "peppermints"),
        Thing::new("lollipop", "lollipops"),
    ]);
    let friends = s.int(3, 8);
    let each = s.int(3, 9);
    let bottom = s.pick(&[2, 3, 4, 5]);
    let eaten = s.int(2, 9);
    let before = friends * each;
    s.require(before % (bottom - 1) == 0);
    let after_eating = before / (bottom - 1) * bottom;
    let bag = after_eating + eaten;
    s.say_either(&[
        &format!("{p} opens a bag of {} and eats {} of them.", thing.n(bag), spelled(eaten)),
        &format!("Out of a bag of {}, {p} eats {}.", thing.n(bag), spelled(eaten)),
    ]);
    let rest = s.sub("after that there are", bag, eaten, of(thing));
    let kin = s.pick(&["brother", "sister", "father", "roommate"]);
    s.say(&format!("{} gives {} of the rest to {} {kin}.", p.she, fraction(1, bottom), p.her));
    let given = s.part(&format!("the {kin} gets"), 1, bottom, rest, of(thing));
    let left = s.sub("that leaves", rest, given, of(thing));
    s.say(&format!("What is left is shared equally by {} who visit in the afternoon.", n_of(friends, "friend")));
    let share = s.div("each friend gets", left, friends, of(thing));
    if s.maybe(40) {
        let own = s.int(2, 6);
        let q = s.pick(&["Each friend already has", "Every one of the friends has brought"]);
        s.say(&format!("{q} {}.", thing.n(own)));
        s.add("then each friend has", share, own, of(thing));
        s.ask(&[&format!("How many {} does each friend have then?", thing.many)]);
    } else {
        s.ask(&[&format!("How many {} does each friend get?", thing.many)]);
    }
}

/// A class with a ratio, absences and teams.
pub(super) fn class(s: &mut Story) {
    let teacher = s.person();
    let (first, second) = s.pick(&[(2, 3), (3, 4), (1, 2), (4, 3), (5, 4), (3, 2), (3, 5)]);
    let k = s.int(4, 9);
    let total = (first + second) * k;
    let (gone_a, gone_b) = (s.int(1, 3), s.int(1, 4));
    let (a, b) =
        s.pick(&[("girls", "boys"), ("violins", "cellos"), ("swimmers", "divers"), ("beginners", "advanced players")]);
    let (group, member) = match a {
        "girls" => ("class", "children"),
        "violins" => ("orchestra", "string players"),
        "swimmers" => ("club", "athletes"),
        _ => ("chess course", "players"),
    };
    s.say(&format!(
        "In {teacher}'s {group} there are {total} {member}, and the ratio of {a} to {b} is {first} to {second}."
    ));
    let parts = s.add("the ratio has", first, second, count("part", "parts"));
    let part = s.div("one part is", total, parts, bare());
    let na = s.mul(&format!("the number of {a} is"), part, first, bare());
    let nb = s.mul(&format!("the number of {b} is"), part, second, bare());
    if s.maybe(60) {
        s.say(&format!("Today {gone_a} of the {a} and {gone_b} of the {b} are missing."));
        let here_a = s.sub(&format!("present {a}:"), na, gone_a, bare());
        let here_b = s.sub(&format!("present {b}:"), nb, gone_b, bare());
        s.require(here_a != here_b);
        let (more, fewer, x, y) = if here_a > here_b { (here_a, here_b, a, b) } else { (here_b, here_a, b, a) };
        s.sub("the difference is", more, fewer, bare());
        s.ask(&[&format!("How many more {x} than {y} are present today?")]);
    } else {
        s.require(na != nb);
        let (more, fewer, x, y) = if na > nb { (na, nb, a, b) } else { (nb, na, b, a) };
        s.sub("the difference is", more, fewer, bare());
        s.ask(&[&format!("How many more {x} than {y} are there?")]);
    }
}

/// An election by percentages.
pub(super) fn votes(s: &mut Story) {
    let [a, b, c] = s.people();
    let office = s.pick(&[
        "student president",
        "captain of the sailing club",
        "chair of the gardening club",
        "mayor of a small town",
    ]);
    let cast = s.multiple(100, 200, 1200);
    let spoiled = s.pick(&[0, 20, 40, 60]);
    let pa = s.multiple(5, 35, 50);
    let pb = s.multiple(5, 20, 30);
    s.say(&format!("{a}, {b} and {c} stand for {office}."));
    let mut valid = Amount::from(cast);
    if spoiled > 0 {
        s.say(&format!("{} votes are cast, but {spoiled} of them are not valid.", cast + spoiled));
        valid = s.sub("the valid votes number", cast + spoiled, spoiled, bare());
    } else {
        s.say(&format!("{cast} valid votes are cast."));
    }
    s.say(&format!("{a} gets {pa}% of the valid votes, {b} gets {pb}%, and {c} gets all the others."));
    let va = s.percent(&format!("{a} gets"), pa, valid, count("vote", "votes"));
    let vb = s.percent(&format!("{b} gets"), pb, valid, count("vote", "votes"));
    let both = s.add("these two have", va, vb, count("vote", "votes"));
    let vc = s.sub(&format!("{c} gets"), valid, both, count("vote", "votes"));
    if s.maybe(50) {
        s.require(va > vc);
        s.sub("the lead is", va, vc, count("vote", "votes"));
        s.ask(&[&format!("By how many votes is {a} ahead of {c}?")]);
    } else {
        s.ask(&[&format!("How many votes does {c} get?")]);
    }
}

/// Members joining and leaving a club.
pub(super) fn club(s: &mut Story) {
    let club = s.pick(&["chess club", "hiking club", "film club", "book club", "photography club", "astronomy club"]);
    let start = s.multiple(20, 40, 140);
    let percent = s.pick(&[5, 10, 15, 20, 25, 30]);
    let left = s.int(3, 12);
    let joined = s.int(4, 18);
    s.say_either(&[
        &format!("{} begins the year with {start} members.", a(club)),
        &format!("There are {start} members in {} in January.", a(club)),
    ]);
    s.say(&format!("In spring the number of members rises by {percent}%."));
    let new = s.percent("the new members in spring are", percent, start, bare());
    let spring = s.add("after spring there are", start, new, count("member", "members"));
    s.say_either(&[
        &format!("Over the summer {left} members leave, and in fall {joined} people join."),
        &format!("{left} members move away in summer, while {joined} new ones come in fall."),
    ]);
    let summer = s.sub("after the summer there are", spring, left, count("member", "members"));
    let fall = s.add("in fall there are", summer, joined, count("member", "members"));
    if s.maybe(50) {
        let fee = s.multiple(5, 10, 40);
        s.say(&format!("At the end of the year every member pays ${fee}."));
        s.mul("the fees are", fall, fee, dollars());
        s.ask(&["How many dollars does the club collect then?"]);
    } else {
        let table = s.pick(&[2, 3, 4, 6]);
        s.say(&format!("For the yearly dinner all members sit at tables for {table}, and every table is full."));
        s.div("they need", fall, table, count("table", "tables"));
        s.ask(&["How many tables do they need?"]);
    }
}

/// A season of matches.
pub(super) fn league(s: &mut Story) {
    let team = s.pick(&["Foxes", "Comets", "Rivers", "Falcons", "Harbor Lights", "Badgers"]);
    let (wins, draws, losses) = (s.int(6, 16), s.int(2, 8), s.int(1, 7));
    let (w, d) = s.pick(&[(3, 1), (2, 1), (4, 2), (5, 2)]);
    let games = wins + draws + losses;
    s.say(&format!(
        "In a league a win is worth {} and a draw {}; a loss is worth nothing.",
        n_of(w, "point"),
        n_of(d, "point")
    ));
    s.say_either(&[
        &format!("The {team} play {games} matches, of which they win {wins} and lose {losses}; the others are draws."),
        &format!("Of their {games} matches the {team} win {wins}, lose {losses} and draw the rest."),
    ]);
    let decided = s.add("the number decided is", wins, losses, count("match", "matches"));
    let drawn = s.sub("the number drawn is", games, decided, count("match", "matches"));
    let pw = s.mul("the wins give", wins, w, count("point", "points"));
    let pd = s.mul("the draws give", drawn, d, count("point", "points"));
    let mut points = s.add("together that is", pw, pd, count("point", "points"));
    if s.maybe(40) {
        let penalty = s.int(2, 6);
        s.say(&format!("{penalty} points are taken away because of a mistake with the paperwork."));
        points = s.sub("after the penalty there are", points, penalty, count("point", "points"));
    }
    if s.maybe(50) {
        let gap = s.int(2, 12);
        let champion = points + gap;
        s.say(&format!("The champions finish with {} points.", champion.to_integer()));
        s.sub("the gap is", champion, points, count("point", "points"));
        s.ask(&[
            &format!("By how many points do the {team} miss first place?"),
            &format!("How many points behind the champions are the {team}?"),
        ]);
    } else {
        s.ask(&[&format!("How many points do the {team} have?")]);
    }
}

/// Heights or weights from an average.
pub(super) fn average(s: &mut Story) {
    let [a, b, c, d] = s.people();
    let (what, unit) =
        s.pick(&[("score on a spelling test", "points"), ("jump", "inches"), ("time on a puzzle", "minutes")]);
    let [x, y, z] = [s.int(40, 90), s.int(40, 90), s.int(40, 90)];
    let mean = s.int(50, 80);
    let fourth = 4 * mean - x - y - z;
    s.require((30..=100).contains(&fourth));
    s.say(&format!("The average {what} of {a}, {b}, {c} and {d} is {mean} {unit}."));
    s.say(&format!("{a} has {x} {unit}, {b} has {y} and {c} has {z}."));
    let all = s.mul("the four together have", mean, 4, bare().then(unit));
    let three = s.sum("the three known ones have", &[x.into(), y.into(), z.into()], bare().then(unit));
    let last = s.sub(&format!("{d} has"), all, three, bare().then(unit));
    if s.maybe(50) {
        s.require(last > Amount::from(x));
        s.sub("the difference is", last, x, bare().then(unit));
        s.ask(&[&format!("How many {unit} more than {a} does {d} have?")]);
    } else {
        s.ask(&[&format!("How many {unit} does {d} have?")]);
    }
}
