import Kernel

/// What a value of a column may be, ready to be held against a tensor's elements.
struct ValueBounds: Sendable {
    /// What is wrong with a value.
    enum Fault {
        case missing, outOfRange, notAllowed
    }

    let low: Double
    let high: Double
    let isNullable: Bool
    /// The only numbers; nil for any.
    private let numbers: Set<Double>?
    /// The same in single precision, in which the elements of most models are.
    private let singles: Set<Double>?
    private let texts: Set<String>?

    init(_ rule: Contract.InputRule) {
        low = rule.minimum ?? -.infinity
        high = rule.maximum ?? .infinity
        isNullable = rule.isNullable
        let numbers = rule.allowed?.compactMap { value -> Double? in
            if case .boolean(let flag) = value { return flag ? 1 : 0 }
            return value.doubleValue
        }
        let isText = rule.allowed?.first?.stringValue != nil
        self.numbers = isText ? nil : numbers.map { Set($0) }
        singles = isText ? nil : numbers.map { Set($0.map { Double(Float($0)) }) }
        texts = isText ? rule.allowed.map { Set($0.compactMap(\.stringValue)) } : nil
    }

    /// The first of every `step`-th element from `first` on that is not as it must be.
    ///
    /// Bounds are taken to the elements' own precision, so that a number that is given as the bound lies within.
    func firstFault<Number: BinaryFloatingPoint>(
        in values: [Number],
        from first: Int,
        step: Int
    ) -> (index: Int, fault: Fault)? {
        let low = Number(self.low)
        let high = Number(self.high)
        let allowed = Number.self == Float.self ? singles : numbers
        return values.withUnsafeBufferPointer { values in
            var index = first
            while index < values.count {
                let value = values[index]
                if value >= low && value <= high {
                    if let allowed, !allowed.contains(Double(value)) { return (index, .notAllowed) }
                } else if value.isNaN {
                    if !isNullable { return (index, .missing) }
                } else {
                    return (index, .outOfRange)
                }
                index += step
            }
            return nil
        }
    }

    /// The same for whole numbers.
    func firstFault<Number: FixedWidthInteger>(
        in values: [Number],
        from first: Int,
        step: Int
    ) -> (index: Int, fault: Fault)? {
        for index in stride(from: first, to: values.count, by: step) {
            let value = Double(values[index])
            guard value >= low, value <= high else { return (index, .outOfRange) }
            if let numbers, !numbers.contains(value) { return (index, .notAllowed) }
        }
        return nil
    }

    /// The same for truth values, which are 0 and 1.
    func firstFault(in values: [Bool], from first: Int, step: Int) -> (index: Int, fault: Fault)? {
        firstFault(in: values.map { $0 ? 1 : 0 } as [UInt8], from: first, step: step)
    }

    /// The same for texts.
    func firstFault(in values: [String], from first: Int, step: Int) -> (index: Int, fault: Fault)? {
        guard let texts else { return nil }
        let index = stride(from: first, to: values.count, by: step).first { !texts.contains(values[$0]) }
        return index.map { ($0, .notAllowed) }
    }
}

extension Contract.InputRule {
    /// What a value must be, in words, that is not so by `fault`.
    func demand(_ fault: ValueBounds.Fault) -> String {
        switch fault {
        case .missing: "the endpoint's contract takes no missing value"
        case .outOfRange: "the endpoint's contract takes \(Contract.range(minimum, maximum))"
        case .notAllowed: "the endpoint's contract takes \(Self.choices(allowed ?? []))"
        }
    }

    private static func choices(_ values: [JSON]) -> String {
        let shown = values.prefix(20).map { String($0.text.prefix(100)) }.joined(separator: ", ")
        if values.count == 1 { return "\(shown) only" }
        return "one of \(shown)\(values.count > 20 ? " and \(values.count - 20) more" : "")"
    }
}

extension Contract {
    /// The numbers of a range, in words.
    static func range(_ minimum: Double?, _ maximum: Double?) -> String {
        switch (minimum, maximum) {
        case (let minimum?, let maximum?): "numbers from \(text(minimum)) to \(text(maximum))"
        case (let minimum?, nil): "numbers of at least \(text(minimum))"
        case (nil, let maximum?): "numbers of at most \(text(maximum))"
        case (nil, nil): "numbers"
        }
    }

    private static func text(_ number: Double) -> String {
        Int64(exactly: number).map { String($0) } ?? "\(number)"
    }
}
