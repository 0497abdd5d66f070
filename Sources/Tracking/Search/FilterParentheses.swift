/// Where the parenthesis at each place of a text is closed; parentheses between quotes count for nothing.
///
/// It is worked out from the end, once for all places: looked for from each place anew, many parentheses that are never
/// closed would cost the square of the text's length.
struct FilterParentheses {
    private static let none = -1
    /// For each place outside of quotes, where the list ends that one is in there.
    private let ends: [Int]

    /// The parentheses of `scalars`, in time and memory proportional to their number.
    init(_ scalars: [Unicode.Scalar]) {
        let single = Self.quoteEnds("'", scalars)
        let double = Self.quoteEnds("\"", scalars)
        var ends = [Int](repeating: Self.none, count: scalars.count + 1)
        for place in scalars.indices.reversed() {
            switch scalars[place] {
            case ")": ends[place] = place + 1
            case "(": ends[place] = ends[place + 1] == Self.none ? Self.none : ends[ends[place + 1]]
            case "'" where single[place + 1] != Self.none: ends[place] = ends[single[place + 1]]
            case "\"" where double[place + 1] != Self.none: ends[place] = ends[double[place + 1]]
            default: ends[place] = ends[place + 1]
            }
        }
        self.ends = ends
    }

    /// The place behind the parenthesis that closes the one at `place`; nil when none does.
    func end(ofListAt place: Int) -> Int? {
        ends[place + 1] == Self.none ? nil : ends[place + 1]
    }

    /// For each place, where a text ends that is between `quote`s there, by the rules of ``FilterLexer``.
    private static func quoteEnds(_ quote: Unicode.Scalar, _ scalars: [Unicode.Scalar]) -> [Int] {
        var ends = [Int](repeating: none, count: scalars.count + 1)
        for place in scalars.indices.reversed() {
            let current = scalars[place]
            let isBeforeQuote = place + 1 < scalars.count && scalars[place + 1] == quote
            if isBeforeQuote, current == quote || current == "\\" {
                let own = current == quote ? place + 1 : place + 2
                ends[place] = ends[place + 2] == none ? own : ends[place + 2]
            } else {
                ends[place] = current == quote ? place + 1 : ends[place + 1]
            }
        }
        return ends
    }
}
