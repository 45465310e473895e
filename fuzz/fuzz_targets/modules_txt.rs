//! vendor/modules.txt: no panic, and Go's view holds what the entries hold.
#![no_main]

use go_offline::gomod::ModulesTxt;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let txt = ModulesTxt::parse(text);
    for entry in &txt.entries {
        assert!(text[entry.span.clone()].starts_with("# "));
        let meta = txt.meta(&entry.module).expect("each entry is in Go's view");
        assert!(meta.explicit || !entry.explicit);
        for package in &entry.packages {
            assert_eq!(text[package.span.clone()], package.value);
            assert!(txt.package_module(&package.value).is_some());
        }
    }
    txt.ignored
        .iter()
        .for_each(|line| assert!(text.get(line.span.clone()).is_some()));
    assert!(txt.vendor_list().len() <= txt.entries.len());
});
