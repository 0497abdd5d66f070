/// How many owners' tags, params or metrics one statement fetches; a statement takes at most 32,000 parameters.
let ownersMax = 1000

extension Array {
    /// The elements in order, in pieces of at most `count`.
    func chunks(ofCount count: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
    }
}

extension RandomAccessCollection {
    /// The elements, and the last one again until there are 2, 4, 8, … of them.
    ///
    /// For lists of numbers in statements: of texts with 1 to 1,000 places there are then eleven, which stay compiled,
    /// and not a thousand, which do not.
    var paddedToPowerOfTwo: [Element] {
        guard let last else { return [] }
        var count = 1
        while count < self.count { count *= 2 }
        return self + Array(repeating: last, count: count - self.count)
    }
}
