//! What a worker knows that the store must hold.

/// Random numbers that a seed repeats (xorshift64*, Vigna 2016).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// An index below this bound, or a size.
    pub fn index(&mut self, bound: usize) -> usize {
        usize::try_from(self.below(u64::try_from(bound).unwrap())).unwrap()
    }
}

/// Bytes that no other version of any key has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub seed: u64,
    /// Sizes of the blobs that it is stored in: one, or one a part.
    pub sizes: Vec<usize>,
}

impl Version {
    pub fn part(&self, index: usize) -> Vec<u8> {
        let mut random = Random::new(self.seed.wrapping_add(u64::try_from(index).unwrap() * 2));
        let size = self.sizes[index];
        // One random block over and over: quick to make, and no page of zeros or of another version
        // passes for it.
        let block: Vec<u8> = (0..500).flat_map(|_| random.next().to_le_bytes()).collect();
        let mut bytes = block.repeat(size / block.len() + 1);
        bytes.truncate(size);
        bytes
    }

    pub fn bytes(&self) -> Vec<u8> {
        (0..self.sizes.len()).flat_map(|index| self.part(index)).collect()
    }
}

/// What a key may name: what was acknowledged, or what a call that got no answer would have made of
/// it.
#[derive(Default)]
pub struct Key {
    pub acknowledged: Option<Version>,
    /// `Some(None)` is a delete under way.
    pub under_way: Option<Option<Version>>,
}

impl Key {
    /// Takes what the store shows, if it is one of the things that it may show.
    pub fn settle(&mut self, shown: Option<&[u8]>) -> Result<(), String> {
        let is =
            |version: &Option<Version>| version.as_ref().map(Version::bytes).as_deref() == shown;
        if let Some(new) = self.under_way.take()
            && is(&new)
        {
            self.acknowledged = new;
            return Ok(());
        }
        if is(&self.acknowledged) {
            return Ok(());
        }
        let shown = shown.map(|bytes| (bytes.len(), bytes.iter().take(8).collect::<Vec<_>>()));
        Err(format!("shows {shown:?} and not {:?}", self.acknowledged))
    }
}
