//! The names of fields, most of which are numbers in memory.

use super::Piece;

/// The API's names, and one that listings add.
const NAMES: [&str; 20] = [
    "created_at",
    "description",
    "digest",
    "endpoint",
    "full_name",
    "id",
    "image_count",
    "image_id",
    "is_public",
    "name",
    "namespace_id",
    "organization_id",
    "project_id",
    "region",
    "size",
    "status",
    "status_message",
    "tags",
    "updated_at",
    "visibility",
];

/// The name of a field: one of [`NAMES`], or another one, which is kept as well.
#[derive(Debug, Clone, Copy)]
pub(super) enum Name {
    Known(u8),
    Other(Piece),
}

impl Name {
    /// The number of a known name. Adds another one to `texts`.
    pub(super) fn added(name: &str, texts: &mut String) -> Self {
        number_of(name).map_or_else(|| Self::Other(Piece::added(name, texts)), Self::Known)
    }

    /// The name, if `texts` are those of its object.
    pub(super) fn within(self, texts: &str) -> &str {
        match self {
            Self::Known(number) => NAMES.get(usize::from(number)).copied().unwrap_or_default(),
            Self::Other(piece) => piece.within(texts),
        }
    }
}

/// The number of a name in [`NAMES`]. The compiler turns bytes into a decision tree, which takes a tenth of the
/// time of a search.
pub(super) fn number_of(name: &str) -> Option<u8> {
    Some(match name.as_bytes() {
        b"created_at" => 0,
        b"description" => 1,
        b"digest" => 2,
        b"endpoint" => 3,
        b"full_name" => 4,
        b"id" => 5,
        b"image_count" => 6,
        b"image_id" => 7,
        b"is_public" => 8,
        b"name" => 9,
        b"namespace_id" => 10,
        b"organization_id" => 11,
        b"project_id" => 12,
        b"region" => 13,
        b"size" => 14,
        b"status" => 15,
        b"status_message" => 16,
        b"tags" => 17,
        b"updated_at" => 18,
        b"visibility" => 19,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{NAMES, Name, number_of};

    #[test]
    fn every_known_name_is_found() {
        for (number, name) in NAMES.into_iter().enumerate() {
            let number = u8::try_from(number).unwrap();
            assert_eq!(number_of(name), Some(number));
            assert_eq!(Name::Known(number).within(""), name);
        }
        assert_eq!(number_of("ids"), None);
    }
}
