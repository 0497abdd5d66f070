import Kernel

/// Which coalitions of inputs are asked for Shapley values, and how the values come of the answers.
enum Shapley {
    /// Up to so many inputs all coalitions are asked, 2 to their number.
    static let exactInputsMax = 10

    /// All coalitions of `count` inputs; the bit of an input in a coalition's place says whether it is in.
    static func allCoalitions(_ count: Int) -> [[Bool]] {
        (0..<1 << count).map { place in (0..<count).map { place >> $0 & 1 == 1 } }
    }

    /// The values of `count` inputs, out of the worths of ``allCoalitions(_:)`` in their order.
    ///
    /// Sum over the coalitions S without the input of |S|!·(M − |S| − 1)!/M! · (v(S + input) − v(S)) (Shapley, 1953).
    static func exact(_ worths: [Double], _ count: Int) -> [Double] {
        // 1 / (M · (M − 1 over |S|)).
        var weights: [Double] = []
        var binomial = 1.0
        for size in 0..<count {
            weights.append(1 / (Double(count) * binomial))
            binomial *= Double(count - 1 - size) / Double(size + 1)
        }
        return (0..<count).map { input in
            var value = 0.0
            for place in worths.indices where place >> input & 1 == 0 {
                value += weights[place.nonzeroBitCount] * (worths[place | 1 << input] - worths[place])
            }
            return value
        }
    }

    /// Orders of `count` inputs, each to be gone through forth and back.
    static func orders(_ pairs: Int, of count: Int, seed: UInt64) -> [[Int]] {
        var generator = SplitMix64(seed: seed)
        return (0..<pairs).map { _ in (0..<count).shuffled(using: &generator) }
    }

    /// The coalitions that going through `orders` forth and back meets: none and all first, then those between.
    static func coalitions(along orders: [[Int]]) -> [[Bool]] {
        let count = orders.first?.count ?? 0
        var coalitions = [[Bool](repeating: false, count: count), [Bool](repeating: true, count: count)]
        for order in orders {
            for way in [order, order.reversed()] {
                var coalition = coalitions[0]
                for input in way.dropLast() {
                    coalition[input] = true
                    coalitions.append(coalition)
                }
            }
        }
        return coalitions
    }

    /// The values out of the worths of ``coalitions(along:)`` in their order: what each input adds when it comes, on
    /// average over all ways (Castro, Gómez and Tejada, 2009; each way with its reverse as Mitchell et al., 2022, have
    /// it). Their sum is exact for any number of ways, and the values are for a model without interactions of more than
    /// two inputs.
    static func values(_ worths: [Double], along orders: [[Int]]) -> [Double] {
        let count = orders.first?.count ?? 0
        var sums = [Double](repeating: 0, count: count)
        var place = 2
        for order in orders {
            for way in [order, order.reversed()] {
                var before = worths[0]
                for input in way.dropLast() {
                    sums[input] += worths[place] - before
                    before = worths[place]
                    place += 1
                }
                if let last = way.last { sums[last] += worths[1] - before }
            }
        }
        return sums.map { $0 / Double(2 * orders.count) }
    }
}
