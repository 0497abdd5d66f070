/// How often one value occurs in each of two samples.
struct PooledValue {
    let value: Double
    let reference: Int
    let current: Int

    /// Occurrences in both.
    var count: Int { reference + current }
}

/// Calls `body` once for each different value of either sample, ascending: the merge that rank tests share.
/// One pass, no memory.
func forEachPooled(_ reference: SortedSample, _ current: SortedSample, _ body: (PooledValue) -> Void) {
    let first = reference.values
    let second = current.values
    var i = 0
    var j = 0
    while i < first.count || j < second.count {
        let value = min(i < first.count ? first[i] : .infinity, j < second.count ? second[j] : .infinity)
        let (start, otherStart) = (i, j)
        while i < first.count, first[i] == value { i += 1 }
        while j < second.count, second[j] == value { j += 1 }
        body(PooledValue(value: value, reference: i - start, current: j - otherStart))
    }
}
