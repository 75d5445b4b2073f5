//! Bytes that are wiped when they are no longer needed.

use std::fmt;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};

use zeroize::{Zeroize, ZeroizeOnDrop, optimization_barrier};

/// Bytes that may contain a key. Their memory is wiped when they are dropped, all of its capacity.
///
/// [`zeroize::Zeroizing`] does the same, but byte by byte, and twice for bytes in use. That was a fifth
/// of the time for a key from a file.
#[derive(Default, PartialEq, Eq)]
pub struct WipedBytes(Vec<u8>);

impl WipedBytes {
    /// Takes `bytes`, whose memory is wiped on drop.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<Vec<u8>> for WipedBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

impl Deref for WipedBytes {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for WipedBytes {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl Zeroize for WipedBytes {
    fn zeroize(&mut self) {
        self.0.fill(0);
        // Bytes that were removed are here.
        self.0.spare_capacity_mut().fill(MaybeUninit::new(0));
        optimization_barrier(self.0.as_slice());
        self.0.clear();
    }
}

impl Drop for WipedBytes {
    fn drop(&mut self) {
        self.zeroize();
    }
}

impl ZeroizeOnDrop for WipedBytes {}

/// Does not show the bytes.
impl fmt::Debug for WipedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WipedBytes").field("len", &self.0.len()).finish_non_exhaustive()
    }
}

/// Overwrites the part of the stack that earlier calls of the caller used.
///
/// The dynamic linker saves the processor's registers there when a function is called for the first
/// time, also those in which a key was copied just before.
#[inline(never)]
pub(crate) fn wipe_stack() {
    let unused = [0_u8; 16 * 1024];
    optimization_barrier(&unused);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_the_capacity_is_wiped_in_place() {
        let mut bytes = Vec::with_capacity(100);
        bytes.extend_from_slice(b"a key, and what was here before");
        let (start, capacity) = (bytes.as_ptr(), bytes.capacity());
        let mut bytes = WipedBytes::new(bytes);
        bytes.truncate(5);
        bytes.zeroize();
        assert!(bytes.is_empty());
        assert_eq!((bytes.as_ptr(), bytes.capacity()), (start, capacity));
        bytes.resize(capacity, 1);
        assert_eq!(format!("{bytes:?}"), format!("WipedBytes {{ len: {capacity}, .. }}"));
    }
}
