//! The part of the checksum database that a bundle carries: what the go command reads to check the
//! modules in it, and no more.

use super::{Content, Items};
use crate::bundle::SumDb;
use crate::gomod::ModuleVersion;
use crate::sumdb::{Head, Lookup, Tile, lookup_name};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;

/// Adds records, all under one signed head, and the tiles that prove them. go asks for `supported`
/// first, and where that is missing it goes to the database itself, over the network.
pub fn add_database(
    items: &mut Items,
    name: &str,
    head: &Head,
    records: &BTreeMap<ModuleVersion, Lookup>,
    tiles: BTreeMap<Tile, Vec<u8>>,
) -> SumDb {
    let dir = format!("sumdb/{name}");
    items.add(format!("{dir}/supported"), Content::Bytes(Vec::new()));
    for (module, record) in records {
        let lookup = lookup_name(module).expect("it has been looked up by this name");
        items.add(format!("{dir}/{lookup}"), Content::Bytes(record.with_head(head).into()));
    }
    for (tile, bytes) in tiles {
        items.add(format!("{dir}/{}", tile.name()), Content::Bytes(bytes));
    }
    SumDb { name: name.to_owned(), size: head.size(), root: STANDARD.encode(head.root()) }
}
