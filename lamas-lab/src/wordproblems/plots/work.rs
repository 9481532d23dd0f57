//! Work, machines and things that fill or empty.

use crate::wordproblems::story::{Story, bare, count, dollars, measure, of};
use crate::wordproblems::words::{Amount, Thing, decimal, fraction, n_of, usd};

/// Two workers together.
pub(super) fn together(s: &mut Story) {
    let [a, b] = s.people();
    let (verb, thing) = s.pick(&[
        ("folds", Thing::new("paper crane", "paper cranes")),
        ("addresses", Thing::new("envelope", "envelopes")),
        ("paints", Thing::new("fence post", "fence posts")),
        ("peels", Thing::new("potato", "potatoes")),
        ("wraps", Thing::new("present", "presents")),
    ]);
    let (ra, rb) = (s.int(6, 18), s.int(5, 15));
    let hours = s.int(2, 6);
    let alone = s.int(1, 3);
    let many = thing.many;
    let total = (ra + rb) * hours + ra * alone;
    s.say(&format!("{a} {verb} {ra} {many} an hour and {b} {verb} {rb} an hour."));
    s.say_either(&[
        &format!(
            "There are {total} to do, and {a} works alone for the first {} before {b} joins in.",
            n_of(alone, "hour")
        ),
        &format!("They have {total} to do; {b} arrives {} after {a} has started.", n_of(alone, "hour")),
    ]);
    let done = s.mul(&format!("alone {a} does"), ra, alone, of(thing));
    let rest = s.sub("that leaves", total, done, of(thing));
    let rate = s.add("together they do", ra, rb, of(thing).then("an hour"));
    let time = s.div("for the rest they need", rest, rate, measure("hour", "hours"));
    if s.maybe(50) {
        s.add("from the beginning that is", alone, time, measure("hour", "hours"));
        s.ask(&[&format!("How many hours after {a} starts are they finished?")]);
    } else {
        s.mul(&format!("{b} does"), rb, time, of(thing));
        s.ask(&[&format!("How many of the {many} does {b} do?")]);
    }
}

/// Pages of a book over days.
pub(super) fn reading(s: &mut Story) {
    let p = s.person();
    let (d1, r1) = (s.int(3, 6), s.multiple(2, 12, 30));
    let (d2, r2) = (s.int(2, 5), s.multiple(2, 10, 36));
    let (d3, r3) = (s.int(2, 6), s.multiple(5, 15, 40));
    s.require(r1 != r2);
    let pages = d1 * r1 + d2 * r2 + d3 * r3;
    let book = s.pick(&["a detective novel", "a book about whales", "a fantasy story", "a history of aviation"]);
    s.say(&format!("{p} is reading {book} that has {pages} pages."));
    s.say_either(&[
        &format!("{} reads {r1} pages a day for {d1} days and then {r2} pages a day for {d2} days.", p.she),
        &format!(
            "For the first {d1} days {} reads {r1} pages daily, and for the next {d2} days {r2} pages daily.",
            p.she
        ),
    ]);
    s.aside(&format!("Every chapter is about {} pages long.", d3 + 9));
    let a = s.mul(&format!("in the first {d1} days {p} reads"), d1, r1, count("page", "pages"));
    let b = s.mul(&format!("in the next {d2} days {p} reads"), d2, r2, count("page", "pages"));
    let done = s.add("together that is", a, b, count("page", "pages"));
    let rest = s.sub("that leaves", pages, done, count("page", "pages"));
    if s.maybe(50) {
        s.say(&format!(
            "{} wants to finish the book in {d3} more days, with the same number of pages every day.",
            p.she
        ));
        s.div("each day that is", rest, d3, count("page", "pages"));
        s.ask(&[&format!("How many pages a day does {p} have to read?")]);
    } else {
        s.say(&format!("From then on {} reads {r3} pages a day.", p.she));
        let more = s.div("the rest takes", rest, r3, count("day", "days"));
        s.sum("the whole book takes", &[d1.into(), d2.into(), more], count("day", "days"));
        s.ask(&[&format!("How many days does {p} need for the whole book?")]);
    }
}

/// A factory with rejects and boxes.
pub(super) fn factory(s: &mut Story) {
    let thing = s.pick(&[
        Thing::new("toy robot", "toy robots"),
        Thing::new("mug", "mugs"),
        Thing::new("padlock", "padlocks"),
        Thing::new("tennis ball", "tennis balls"),
        Thing::new("flashlight", "flashlights"),
    ]);
    let machines = s.int(3, 9);
    let rate = s.multiple(10, 20, 80);
    let hours = s.pick(&[4, 5, 6, 8]);
    let percent = s.pick(&[2, 4, 5, 10]);
    let case = s.pick(&[6, 8, 12, 20, 24]);
    s.say_either(&[
        &format!("A factory has {machines} machines that each make {rate} {} an hour.", thing.many),
        &format!("Each of the {machines} machines in a factory turns out {rate} {} an hour.", thing.many),
    ]);
    s.say(&format!("They run for {hours} hours a day, and {percent}% of what they make is rejected."));
    let hourly = s.mul("each hour they make", machines, rate, of(thing));
    let all = s.mul("each day they make", hourly, hours, of(thing));
    let bad = s.percent("the number rejected is", percent, all, of(thing));
    let good = s.sub("that leaves", all, bad, of(thing));
    if s.maybe(60) {
        s.say(&format!("The good ones are packed into cases of {case}."));
        let cases = s.div("these fill", good, case, count("case", "cases"));
        if s.maybe(50) {
            let days = s.int(3, 6);
            s.mul(&format!("in {days} days that is"), cases, days, count("case", "cases"));
            s.ask(&[&format!("How many cases are filled in {days} days?")]);
        } else {
            s.ask(&["How many cases are filled in a day?"]);
        }
    } else {
        s.ask(&[&format!("How many good {} are made in a day?", thing.many)]);
    }
}

/// A tank with a pipe in and a leak.
pub(super) fn tank(s: &mut Story) {
    let what = s.pick(&["water tank", "fish pond", "paddling pool", "cistern"]);
    let (inflow, leak) = (s.int(12, 40), s.int(2, 9));
    let minutes = s.multiple(5, 10, 40);
    let already = s.multiple(10, 20, 120);
    let capacity = already + (inflow - leak) * minutes;
    let unit = || measure("liter", "liters");
    s.say(&format!("A {what} that holds {capacity} liters already contains {already} liters."));
    s.say_either(&[
        &format!("A hose adds {inflow} liters a minute, but {leak} liters a minute leak out through a crack."),
        &format!("Through a crack it loses {leak} liters a minute, while a hose pours in {inflow} liters a minute."),
    ]);
    let missing = s.sub("the amount still missing is", capacity, already, unit());
    let net = s.sub("each minute it gains", inflow, leak, unit());
    let time = s.div("to be full it needs", missing, net, measure("minute", "minutes"));
    if s.maybe(50) {
        s.mul("in this time the crack loses", time, leak, unit());
        s.ask(&[&format!("How many liters are lost through the crack by the time the {what} is full?")]);
    } else {
        s.ask(&[&format!("In how many minutes is the {what} full?")]);
    }
}

/// A download that changes speed.
pub(super) fn download(s: &mut Story) {
    let p = s.person();
    let file = s.pick(&["a game", "a video course", "an album of photos", "a software update"]);
    let (v1, v2) = (s.int(4, 12), s.int(15, 30));
    let (t1, t2) = (s.multiple(5, 10, 60), s.multiple(4, 8, 60));
    let size = v1 * t1 + v2 * t2;
    let mb = || measure("megabyte", "megabytes");
    s.say(&format!("{p} downloads {file} of {size} megabytes."));
    s.say_either(&[
        &format!("For the first {t1} seconds the connection manages {v1} megabytes a second; then it speeds up to {v2} megabytes a second."),
        &format!("The speed is {v1} megabytes a second during the first {t1} seconds and {v2} megabytes a second after that."),
    ]);
    let first = s.mul("the slow part brings", v1, t1, mb());
    let rest = s.sub("that leaves", size, first, mb());
    let time = s.div("the rest takes", rest, v2, measure("second", "seconds"));
    match s.int(0, 2) {
        0 => {
            let slow = s.sub("the difference in speed is", v2, v1, measure("megabyte a second", "megabytes a second"));
            let _ = s.mul("in the fast part this brings more by", slow, time, mb());
            s.ask(&["In the time after the speed-up, how many more megabytes arrive than would have arrived at the first speed?"]);
        }
        1 => {
            s.add("the whole takes", t1, time, measure("second", "seconds"));
            s.ask(&["How many seconds does the whole download take?"]);
        }
        _ => s.ask(&["How many seconds does the download go on after the speed-up?"]),
    }
}

/// Worker-days.
pub(super) fn crew(s: &mut Story) {
    let (job, worker) = s.pick(&[
        ("paint a school", "painter"),
        ("repair a bridge", "mason"),
        ("pick a vineyard clean", "picker"),
        ("lay the floors of a hotel", "carpenter"),
    ]);
    let workers = s.pick(&[4, 6, 8, 9, 12]);
    let days = s.pick(&[5, 6, 8, 10, 12, 15]);
    let worked = s.int(2, 4);
    let extra = s.int(1, 6);
    s.say(&format!("{workers} {worker}s can {job} in {days} days when all of them work at the same pace."));
    let all = s.mul("the job takes", workers, days, count("worker-day", "worker-days"));
    s.require(days > worked + 1);
    if s.maybe(50) {
        s.say(&format!(
            "After {worked} days, {} to help.",
            if extra == 1 { "one more comes".to_owned() } else { format!("{extra} more come") }
        ));
        let done = s.mul(&format!("in {worked} days they do"), workers, worked, count("worker-day", "worker-days"));
        let rest = s.sub("that leaves", all, done, count("worker-day", "worker-days"));
        let more = s.add("then there are", workers, extra, count(worker, &format!("{worker}s")));
        let last = s.div("the rest takes", rest, more, measure("day", "days"));
        s.add("the whole job takes", worked, last, measure("day", "days"));
        s.ask(&["How many days does the whole job take?"]);
    } else {
        let fewer = s.int(1, workers - 2);
        s.say(&format!("This time {fewer} of them {} ill from the start.", if fewer == 1 { "is" } else { "are" }));
        let left = s.sub("the crew at work is", workers, fewer, count(worker, &format!("{worker}s")));
        let needed = s.div("they need", all, left, measure("day", "days"));
        let wage = s.multiple(10, 80, 160);
        if s.maybe(50) {
            s.sub("the delay is", needed, days, measure("day", "days"));
            s.ask(&["By how many days is the job delayed?"]);
        } else {
            s.say(&format!("Each one at work is paid ${wage} a day."));
            let pay = s.mul("for each of them that is", needed, wage, dollars());
            s.mul("for all of them that is", pay, left, dollars());
            s.ask(&["How many dollars are paid in wages for the whole job?"]);
        }
    }
}

/// A battery that drains at two rates.
pub(super) fn battery(s: &mut Story) {
    let p = s.person();
    let (what, hard, easy) = s.pick(&[
        ("phone", "playing games", "playing music"),
        ("laptop", "editing videos", "writing"),
        ("tablet", "watching films", "reading"),
        ("camera drone", "racing", "hovering"),
    ]);
    let (r1, r2) = (s.int(3, 9), s.int(1, 2));
    let unit = if what == "camera drone" { "minute" } else { "ten minutes" };
    let (t1, t2) = (s.int(3, 6), s.int(4, 10));
    let used = r1 * t1 + r2 * t2;
    s.require(used < 90);
    s.say(&format!("The battery of {p}'s {what} is at 100% and loses {r1}% in every {unit} of {hard} and {r2}% in every {unit} of {easy}."));
    let (m1, m2) = if unit == "minute" { (t1, t2) } else { (10 * t1, 10 * t2) };
    s.say(&format!("{} uses it for {m1} minutes of {hard} and {m2} minutes of {easy}.", p.she));
    let (n1, n2): (Amount, Amount) = if unit == "minute" {
        (t1.into(), t2.into())
    } else {
        (
            s.div("the first use is", m1, 10, count("period of ten minutes", "periods of ten minutes")),
            s.div("the second use is", m2, 10, count("period of ten minutes", "periods of ten minutes")),
        )
    };
    let a = s.mul(&format!("{hard} takes"), n1, r1, bare().then("percent"));
    let b = s.mul(&format!("{easy} takes"), n2, r2, bare().then("percent"));
    let both = s.add("together that is", a, b, bare().then("percent"));
    s.sub("that leaves", 100, both, bare().then("percent"));
    s.ask(&["What percentage of the charge is left?", "At what percentage does the battery stand after that?"]);
}

/// A rope or board cut into pieces.
pub(super) fn cutting(s: &mut Story) {
    let p = s.person();
    let (what, use_) =
        s.pick(&[("rope", "swings"), ("ribbon", "bows"), ("copper pipe", "wind chimes"), ("fabric", "flags")]);
    let (n1, l1) = (s.int(3, 8), s.int(4, 12));
    let (n2, l2) = (s.int(2, 6), s.int(3, 9));
    let rest = s.int(2, 20);
    let total = n1 * l1 + n2 * l2 + rest;
    let feet = || measure("foot", "feet");
    s.require(l1 != l2);
    s.say(&format!("{p} has {total} feet of {what} for making {use_}."));
    s.say_either(&[
        &format!("{} cuts off {n1} pieces of {l1} feet and {n2} pieces of {l2} feet.", p.she),
        &format!("From it {} cuts {n1} pieces, each {l1} feet long, and {n2} pieces, each {l2} feet long.", p.she),
    ]);
    let a = s.mul("the first pieces take", n1, l1, feet());
    let b = s.mul("the other pieces take", n2, l2, feet());
    let cut = s.add("together that is", a, b, feet());
    let left = s.sub("that leaves", total, cut, feet());
    match s.int(0, 2) {
        0 => s.ask(&[&format!("How many feet of {what} are left?")]),
        1 => {
            let inches = s.mul("in inches that is", left, 12, measure("inch", "inches"));
            let short = s.pick(&[3, 4, 6]);
            s.say(&format!("The rest is cut into pieces of {short} inches; a foot has 12 inches."));
            s.div("this makes", inches, short, count("piece", "pieces"));
            s.ask(&["How many of these short pieces are there?"]);
        }
        _ => {
            let price = s.pick(&[Amount::new(1, 2), Amount::from(1), Amount::new(3, 2), Amount::from(2)]);
            s.say(&format!("The {what} costs {} a foot, and the rest is thrown away.", usd(price)));
            s.mul("the waste costs", left, price, dollars());
            s.ask(&[&format!("How many dollars' worth of {what} is thrown away?")]);
        }
    }
}

/// A puzzle or wall built in shares on several days.
pub(super) fn progress(s: &mut Story) {
    let p = s.person();
    let (what, piece) = s.pick(&[
        ("jigsaw puzzle", Thing::new("piece", "pieces")),
        ("mosaic", Thing::new("tile", "tiles")),
        ("dry stone wall", Thing::new("stone", "stones")),
        ("patchwork quilt", Thing::new("patch", "patches")),
    ]);
    let (b1, b2) = s.pick(&[(4, 3), (5, 2), (3, 2), (5, 4), (6, 5), (4, 2)]);
    let total = s.multiple(b1 * b2 * 5, 240, 1200);
    let sunday = s.multiple(5, 10, 60);
    s.say(&format!("{p} works on a {what} of {total} {}.", piece.many));
    s.say(&format!(
        "On Friday {} places {} of the {}, and on Saturday {} of what is left.",
        p.she,
        fraction(1, b1),
        piece.many,
        fraction(1, b2)
    ));
    let fri = s.part("on Friday that is", 1, b1, total, of(piece));
    let left = s.sub("that leaves", total, fri, of(piece));
    let sat = s.part("on Saturday that is", 1, b2, left, of(piece));
    let rest = s.sub("that leaves", left, sat, of(piece));
    if s.maybe(60) {
        s.say(&format!("On Sunday {} places {sunday} more.", p.she));
        let last = s.sub("after Sunday there remain", rest, sunday, of(piece));
        if s.maybe(50) {
            let days = s.int(2, 6);
            s.require((last / days).is_integer());
            s.say(&format!("The others are placed in equal parts on the next {days} days."));
            s.div("each day that is", last, days, of(piece));
            s.ask(&[&format!("How many {} are placed on each of those days?", piece.many)]);
        } else {
            s.ask(&[&format!("How many {} are still to be placed?", piece.many)]);
        }
    } else {
        s.ask(&[&format!("How many {} remain after Saturday?", piece.many)]);
    }
}

/// Printing at two speeds, with paper jams.
pub(super) fn printing(s: &mut Story) {
    let p = s.person();
    let copies = s.multiple(10, 20, 90);
    let pages = s.int(4, 15);
    let (v1, v2) = (s.int(12, 30), s.int(8, 25));
    let total = copies * pages;
    s.require(v1 != v2 && total % (v1 + v2) == 0);
    let jam = s.int(3, 12);
    let doc = s.pick(&["a newsletter", "a concert program", "a cookbook", "a user guide"]);
    s.say(&format!("{p} has to print {copies} copies of {doc} with {pages} pages each."));
    s.say(&format!("Two printers work at the same time; one prints {v1} pages a minute and the other {v2}."));
    let all = s.mul("the printers must print", copies, pages, count("page", "pages"));
    let rate = s.add("each minute they print", v1, v2, count("page", "pages"));
    let time = s.div("printing takes", all, rate, measure("minute", "minutes"));
    if s.maybe(60) {
        s.say(&format!("In the middle of the job both are stopped for {jam} minutes to put in more paper."));
        let mut whole = s.add("with the stop that is", time, jam, measure("minute", "minutes"));
        if s.maybe(40) {
            let staple = s.pick(&[Amount::new(1, 2), Amount::new(1, 4), Amount::from(1)]);
            s.say(&format!(
                "When everything is printed, stapling takes {} of a minute a copy.",
                if staple == Amount::from(1) { "the whole".to_owned() } else { decimal(staple) }
            ));
            s.require(staple != Amount::from(1));
            let stapling = s.mul("stapling takes", copies, staple, measure("minute", "minutes"));
            whole = s.add("together that is", whole, stapling, measure("minute", "minutes"));
        }
        s.require(whole > Amount::from(0));
        s.ask(&["How many minutes does the whole job take?"]);
    } else {
        s.ask(&["How many minutes does the printing take?"]);
    }
}
