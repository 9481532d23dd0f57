//! The words of the language that answers are written in, as tables.

/// Commands that mean something, each with the name under which the parser knows it.
pub const COMMANDS: &[(&str, &str)] = &[
    ("frac", "frac"),
    ("dfrac", "frac"),
    ("tfrac", "frac"),
    ("cfrac", "frac"),
    ("sqrt", "sqrt"),
    ("binom", "binom"),
    ("dbinom", "binom"),
    ("tbinom", "binom"),
    ("pi", "pi"),
    ("infty", "infty"),
    ("infinity", "infty"),
    ("circ", "degree"),
    ("degree", "degree"),
    ("pm", "pm"),
    ("mp", "mp"),
    ("cup", "cup"),
    ("in", "in"),
    ("le", "le"),
    ("leq", "le"),
    ("leqslant", "le"),
    ("ge", "ge"),
    ("geq", "ge"),
    ("geqslant", "ge"),
    ("ne", "ne"),
    ("neq", "ne"),
    ("approx", "approx"),
    ("sin", "sin"),
    ("cos", "cos"),
    ("tan", "tan"),
    ("cot", "cot"),
    ("sec", "sec"),
    ("csc", "csc"),
    ("arcsin", "arcsin"),
    ("arccos", "arccos"),
    ("arctan", "arctan"),
    ("sinh", "sinh"),
    ("cosh", "cosh"),
    ("tanh", "tanh"),
    ("ln", "ln"),
    ("log", "log"),
    ("lg", "log"),
    ("exp", "exp"),
    ("lfloor", "lfloor"),
    ("rfloor", "rfloor"),
    ("lceil", "lceil"),
    ("rceil", "rceil"),
];

/// Commands that are as good without their backslash. The word "in" is a preposition or a unit, so it is not here.
pub const BARE: &[&str] = &[
    "sqrt", "pi", "infty", "infinity", "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "ln",
    "log", "exp",
];

/// Short words that are no product of variables. "by" is one, in `ax + by`.
pub const WORDS: &[&str] = &[
    "and", "or", "is", "it", "of", "to", "the", "are", "was", "for", "has", "its", "not", "out", "per", "yes", "you",
    "all", "odd", "day", "men",
];

/// Commands that read as a sign.
pub const SIGNS: &[(&str, char)] = &[
    ("cdot", '*'),
    ("times", '*'),
    ("ast", '*'),
    ("div", '/'),
    ("colon", ':'),
    ("lt", '<'),
    ("gt", '>'),
    ("langle", '('),
    ("rangle", ')'),
    ("lbrack", '['),
    ("rbrack", ']'),
    ("lvert", '|'),
    ("rvert", '|'),
    ("vert", '|'),
    ("mid", '|'),
    ("prime", '\''),
];

/// Commands without meaning for a value: sizes, spacing, styles.
pub const IGNORED: &[&str] = &[
    "left",
    "right",
    "big",
    "Big",
    "bigg",
    "Bigg",
    "bigl",
    "bigr",
    "Bigl",
    "Bigr",
    "biggl",
    "biggr",
    "quad",
    "qquad",
    "displaystyle",
    "textstyle",
    "limits",
    "nolimits",
    "boxed",
    "fbox",
    "rm",
    "bf",
    "overline",
    "underline",
    "overrightarrow",
    "overleftrightarrow",
    "widehat",
    "mathbin",
    "mathord",
    "ensuremath",
];

/// Commands whose group is words, or a name.
pub const TEXTS: &[&str] = &[
    "text",
    "mbox",
    "textbf",
    "textit",
    "textrm",
    "textnormal",
    "textsf",
    "texttt",
    "emph",
    "mathrm",
    "mathsf",
    "mathtt",
    "operatorname",
];

/// Commands that make another variable of a letter.
pub const DECORATIONS: &[&str] =
    &["vec", "hat", "bar", "tilde", "mathbf", "boldsymbol", "bm", "mathbb", "mathcal", "dot"];

/// Characters outside ASCII that stand for LaTeX.
pub const UNICODE: &[(char, &str)] = &[
    ('−', "-"),
    ('–', "-"),
    ('—', "-"),
    ('×', "*"),
    ('·', "*"),
    ('⋅', "*"),
    ('÷', "/"),
    ('π', r"\pi "),
    ('√', r"\sqrt "),
    ('∞', r"\infty "),
    ('≤', r"\le "),
    ('⩽', r"\le "),
    ('≥', r"\ge "),
    ('⩾', r"\ge "),
    ('≠', r"\ne "),
    ('≈', r"\approx "),
    ('∪', r"\cup "),
    ('∈', r"\in "),
    ('°', r"^\circ "),
    ('º', r"^\circ "),
    ('±', r"\pm "),
    ('²', "^2 "),
    ('³', "^3 "),
    ('½', r"\frac{1}{2}"),
    ('¼', r"\frac{1}{4}"),
    ('¾', r"\frac{3}{4}"),
    ('’', "'"),
    ('′', "'"),
    ('\u{a0}', " "),
    ('％', "%"),
    ('ℝ', r"\mathbb{R}"),
    ('θ', r"\theta "),
];

/// Functions of one argument, by the parser's name.
pub const FUNCTIONS: &[&str] = &[
    "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "ln", "log", "exp",
];
