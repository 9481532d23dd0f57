//! Experiments that doubled or lost something, hung, panicked, or wrote where they should not.

use super::support::{Folder, all_refused, experiment, refused};

/// The files of the list, run: a message with file, line and key, and nothing is written.
#[test]
fn case_files_are_refused_before_anything_is_written() {
    let head = "version: 1\nname: x\ndatasets: [words]\n";
    let cases = [
        "methods: [lamas]\nseeds: 1\nlimit: {train: 8, test: 8}\nlambda_t: [1e-4, 1e-4]\n",
        "methods: [{name: \"x/../../../../PWNED/y\", like: lamas}]\nlimit: {train: 4, test: 4}\nseeds: 1\nlambda_t: [1e-4]\n",
        "methods: [lamas]\nseeds: 1\nlimit: {train: 4, test: 4}\ncontroller: {passes: 4294967295}\n",
        "methods: [generate]\nlimit: {train: 4, test: 4}\nseeds: 1\nresamples: 1000000000000\n",
        "methods: [generate]\nlimit: {train: 4, test: 4}\nseeds: 18446744073709551615\n",
        "methods: [lamas]\nmodel:\n  openai:\n    name: gpt-4o-mini\n    price: {input: .nan, output: 1}\n    \
         endpoints:\n      - {base_url: \"http://127.0.0.1:9/v1\"}\nbudget: {usd: 0.01}\n",
    ];
    let mut said = String::new();
    for case in cases {
        let folder = Folder::new(&[("x.yaml", format!("{head}{case}").as_bytes())]);
        for command in ["sweep", "plan"] {
            let words = folder.said(&[command, "x.yaml", "--out", "out"]);
            assert!(words.starts_with("2 error: x.yaml:"), "{words}");
            said += &format!("{command}: {words}\n");
        }
        assert_eq!(folder.names(), ["x.yaml"]);
    }
    insta::assert_snapshot!(said);
}

#[test]
fn case_two_of_a_kind_are_refused_by_name() {
    insta::assert_snapshot!(all_refused(&[
        "lambda_t: [1e-4, 1e-4]",
        "lambda_t: [1e-4, 0.0001]",
        "lambda_t: [0, 1e-4,\n  0.00010]",
        "lambda_t: [0.0, -0.0]",
        "lambda_t: [0, 0.0]",
        "methods:\n  - {name: own, like: lamas, lambda_t: [1e-3, 1e-4, 1.0e-3]}",
        "methods: [lamas, maas, lamas]",
        "methods: [lamas,\n  {name: LAMAS, like: maas}]",
        "methods:\n  - {name: own, like: lamas}\n  - {name: own, like: maas}",
        "datasets: [words, words]",
        "datasets:\n  - words\n  - Words",
        "seeds: 1\nlimit: {test: 4}\nseeds: 2",
        "limit: {test: 4, train: 2, test: 5}",
        "controller:\n  tau: 0.3\n  passes: 1\n  tau: 0.4",
        "tables:\n  - {name: t, title: T}\n  - {name: T, title: T}",
        "tables:\n  - {name: t, title: T, rows: [lamas, lamas]}",
        "tables:\n  - {name: t, title: T, columns: [score, path, score]}",
        "figures:\n  - {name: f, kind: front}\n  - {name: f, kind: front}",
    ]));
}

#[test]
fn case_numbers_that_make_no_sense_are_refused() {
    insta::assert_snapshot!(all_refused(&[
        "lambda_t: [.nan]",
        "lambda_t: [0, .inf]",
        "lambda_t: [-1e-4]",
        "lambda_t: []",
        "price: {input: .inf, output: 1}",
        "price: {input: -1, output: 1}",
        "price: {input: 1,\n  output: 1e12}",
        "prices:\n  m: {input: 1, output: -0.5}",
        "model:\n  openai:\n    name: m\n    price: {input: 1, output: -1}",
        "model:\n  openai:\n    name: m\n    temperature: 7",
        "model:\n  openai:\n    name: m\n    timeouts: {total: 0}",
        "model:\n  openai:\n    name: m\n    endpoints:\n      - {base_url: \"http://x/v1\"}\n      - {base_url: nowhere}",
        "sampling: {temperature: -1}",
        "sampling: {temperature: .nan}",
        "sampling: {top_p: 0}",
        "sampling: {max_tokens: 0}",
        "controller: {gamma: -1}",
        "controller: {gamma: .nan}",
        "controller: {tau: 2}",
        "controller: {ema: 1}",
        "controller: {learning_rate: -0.1}",
        "controller:\n  temperature: {initial: 0}",
        "methods:\n  - lamas\n  - name: own\n    like: lamas\n    set: {lambda_c: -3}",
        "budget: {usd: -1}",
        "budget: {usd: .inf}",
        "sandbox: {cpu: -1}",
        "tables:\n  - {name: t, title: T, kind: fronts, reference: {path_of: lamas, score_of: lamas, times: 0}}",
        "model: {simulated: {set: {answers.attractor: .nan}}}",
    ]));
}

#[test]
fn case_absurd_sizes_are_refused_before_anything_is_built() {
    insta::assert_snapshot!(all_refused(&[
        "seeds: 1000000000",
        "seeds: 0",
        "seeds: -1",
        "seeds: 18446744073709551616",
        "seeds: -18446744073709551616",
        "seed: -1",
        "traces: -1",
        "methods:\n  - lamas\n  - {name: own, like: lamas, set: {passes: 99999999999999999999}}",
        "seed: 18446744073709551615",
        "resamples: 1000000000000",
        "resamples: 0",
        "concurrency: 1000000000000",
        "traces: 10000000000",
        "limit: {train: 18446744073709551615}",
        "controller: {passes: 4294967295}",
        "controller: {passes: 4294967296}",
        "controller: {passes: -1}",
        "controller: {layers: 1000000000}",
        "controller: {hidden: 1000000000}",
        "controller: {batch: 0}",
        "methods:\n  - {name: own, like: lamas, seeds: 100000}",
        "methods:\n  - {name: own, search: {candidates: 1000000000000}}",
        "methods:\n  - {name: own, search: {width: 0}}",
        "methods:\n  - {name: own, route: {graphs: [[[generate]]], neighbours: 1000000000000}}",
        "methods:\n  - {name: own, hindsight: {graphs: [[[generate]]], samples: 4000000000}}",
        "methods:\n  - {name: own, like: lamas, set: {passes: 4294967295}}",
        "methods:\n  - {name: own, hindsight: {graphs: [[[generate]]], samples: 4294967296}}",
        "sandbox: {servers: 1000000000}",
        "sandbox: {servers: 0}",
        "sandbox: {descriptors: 1}",
        "budget: {tokens: 99999999999999999999}",
        "sandbox: {memory_mib: 18446744073709551615}",
        "sandbox: {threads: 18446744073709551615}",
        "seeds: 10000\nlambda_t: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]",
    ]));
    let many: Vec<String> = (0..2000).map(|n| format!("{n}e-6")).collect();
    let said = refused(&format!("lambda_t: [{}]", many.join(", ")));
    assert_eq!(said, "DIR/x.yaml:2: lambda_t: 2000 is not between 1 and 1000 values");
    // The largest that make sense are accepted.
    assert_eq!(refused("seeds: 10000"), "accepted");
    assert_eq!(refused("resamples: 1000000"), "accepted");
}

/// Without rows there is nothing to learn from, or to answer.
#[test]
fn case_limits_of_no_rows_are_refused_where_rows_are_needed() {
    insta::assert_snapshot!(all_refused(&[
        "limit: {test: 0}",
        "methods: [generate]\nlimit: {train: 4,\n  test: 0}",
        "limit: {train: 0}",
        "limit: {test: 4,\n  train: 0}",
        "methods: [generate, maas]\nlimit: {train: 0, test: 4}",
        "methods: [{name: own, search: {candidates: 2}}]\nlimit: {train: 0}",
        "methods: [{name: own, route: {graphs: [[[generate]]]}}]\nlimit: {train: 0}",
        "methods: [{name: own, gates: {order: [generate]}}]\nlimit: {train: 0}",
        // What learns nothing needs none.
        "methods: [generate, gen_cot]\nlimit: {train: 0}",
        "methods: [random]\nlimit: {train: 0}",
        "methods: [{name: own, hindsight: {graphs: [[[generate]]]}}]\nlimit: {train: 0}",
        "controller: {passes: 0}\nlimit: {train: 0}",
    ]));
    let text = experiment("limit: {train: 4, test: 4}");
    let folder = Folder::new(&[("x.yaml", text.as_bytes())]);
    for set in ["limit.train=0", "limit.test=0", "limit={train: 0}"] {
        for command in ["sweep", "train", "eval", "plan", "doctor"] {
            let said = folder.said(&[command, "x.yaml", "--set", set]);
            assert!(said.starts_with(&format!("2 error: --set {set}: limit.")), "{command}: {said}");
            assert_eq!(folder.names(), ["x.yaml"]);
        }
    }
}

#[test]
fn case_names_are_no_paths() {
    insta::assert_snapshot!(all_refused(&[
        "methods: [{name: ../.., like: lamas}]",
        "methods:\n  - lamas\n  - {like: lamas, name: /etc/passwd}",
        "methods: [{name: \"\", like: lamas}]",
        "methods: [{name: \"a\\0b\", like: lamas}]",
        "methods: [{name: ., like: lamas}]",
        "methods: [{name: a., like: lamas}]",
        "methods: [{name: CON, like: lamas}]",
        "methods: [{name: a@1e-4, like: lamas}]",
        "methods: [{name: l\u{430}mas, like: lamas}]",
        "datasets: [../words]",
        "datasets: [/tmp/words]",
        "datasets: [\"\"]",
        "name: ..",
        "name: nul",
        "tables: [{name: ../t, title: T}]",
        "tables: [{name: t.md, title: T}]",
        "figures: [{name: aux, kind: front}]",
        "figures: [{name: /f, kind: front}]",
    ]));
    let long = refused(&format!("methods: [{{name: {}, like: lamas}}]", "a".repeat(300)));
    assert_eq!(long, "DIR/x.yaml:2: methods[0].name: has 300 bytes; it names a file and may have at most 64");
}

#[test]
fn case_a_value_of_another_type_keeps_its_place() {
    insta::assert_snapshot!(all_refused(&[
        "name: 4.1",
        "name: null",
        "name: true",
        "name: [x]",
        "methods: [lamas, {name: 4.1, like: lamas}]",
        "methods: [lamas,\n  7]",
        "methods: lamas",
        "datasets: [words, 4]",
        "include: [7]",
        "seeds: many",
        "seeds: 1.5",
        "lambda_t: 1e-4",
        "lambda_t: [0,\n  high]",
        "limit: {test: all}",
        "controller: {passes: many}",
        "controller: {credit: both}",
        "controller:\n  temperature:\n    initial: hot",
        "controller: {lambda_t: 0}",
        "methods:\n  - name: own\n    like: lamas\n    set:\n      tau: big",
        "methods:\n  - {name: own, like: lamas, set: {tua: 0.3}}",
        "model: 7",
        "model: {openai: {name: 4.1}}",
        "model: {openai: {name: m, endpoints: [{base_url: 7}]}}",
        "model: {openai: {nam: m}}",
        "encoder: {name: hashed, shuffle: true}",
        "prompts: 7",
        "store: {path: 7}",
        "tables:\n  - title: T\n    name: t\n    rows: [lamas@best]",
        "figures: [{name: f, kind: pie}]",
        "sedes: 3",
    ]));
}

#[test]
fn case_texts_that_are_no_experiment_are_named() {
    let said = |bytes: &[u8]| {
        let folder = Folder::new(&[("x.yaml", bytes)]);
        folder.load("x.yaml", &[]).err().unwrap_or_else(|| "accepted".to_owned())
    };
    let good = experiment("seeds: 1");
    let utf_16: Vec<u8> = "\u{feff}version: 1".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut large = good.clone().into_bytes();
    large.resize(10 << 20, b'#');
    let bomb = (1..12).fold("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, n| {
        format!("{text}a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", "))
    });
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("with a byte order mark", [b"\xef\xbb\xbf".as_slice(), good.as_bytes()].concat()),
        ("with carriage returns", good.replace('\n', "\r\n").into_bytes()),
        ("with an anchor", good.replace("seeds: 1", "seeds: &n 1\nresamples: *n").into_bytes()),
        ("UTF-16", utf_16),
        ("Latin-1", b"version: 1\nname: caf\xe9\n".to_vec()),
        ("10 MB", large),
        ("empty", Vec::new()),
        ("blank", b"\n# nothing\n".to_vec()),
        ("a list", b"- version: 1\n".to_vec()),
        ("binary", (0..=255).collect()),
        ("nothing where keys belong", b"version: 1\nlimit:\nname: x\ndatasets:\n".to_vec()),
        ("aliases of aliases", bomb.into_bytes()),
        ("deep", ["version: 1\nname: ".to_owned(), "[".repeat(50_000)].concat().into_bytes()),
        ("two documents", format!("{good}---\n{good}").into_bytes()),
        ("unbalanced", b"version: 1\nlimit: {train: 1\nname: x\n".to_vec()),
        ("tabs", b"version: 1\nlimit:\n\ttrain: 1\n".to_vec()),
        ("a tag", good.replace("seeds: 1", "seeds: !int 1").into_bytes()),
        ("a key that is a list", good.replace("seeds: 1", "[seeds]: 1").into_bytes()),
        ("another version", good.replace("version: 1", "version: 2").into_bytes()),
        ("no version", good.replace("version: 1\n", "").into_bytes()),
    ];
    let all: String = cases.iter().map(|(title, bytes)| format!("{title}\n    {}\n", said(bytes))).collect();
    insta::assert_snapshot!(all);
    let folder = Folder::new(&[]);
    insta::assert_snapshot!(folder.load("", &[]).unwrap_err(), @"DIR/: cannot be read: Is a directory (os error 21); give the path of a YAML file, such as experiments/quickstart.yaml");
}

#[test]
fn case_an_option_is_named_where_it_is_to_blame() {
    let folder = Folder::new(&[("x.yaml", experiment("seeds: 1").as_bytes())]);
    let said = |set: &str| {
        let read = set.parse::<lamas_experiment::config::yaml::Override>().map(drop);
        let said = read.and_then(|()| folder.load("x.yaml", &[set]).map(drop));
        format!("{set}\n    {}\n", said.err().unwrap_or("accepted".to_owned()))
    };
    let all: String = [
        "seeds=0",
        "lambda_t=[1e-4, 0.0001]",
        "controller.passes=4294967295",
        "controller.passes=4294967296",
        "controller.passes=-1",
        "limit={train: 99999999999999999999}",
        "seed=99999999999999999999",
        "controller.tua=1",
        "name=4.1",
        "price.input=.nan",
        "methods=[{name: ../x, like: lamas}]",
        "seeds.x=1",
        "seeds=2",
    ]
    .map(said)
    .concat();
    insta::assert_snapshot!(all);
}
