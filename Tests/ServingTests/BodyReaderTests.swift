import Inference
import Kernel
import Testing

@testable import Serving

@Suite("Reading a body fast")
struct BodyReaderTests {
    /// A way to read a body: with the plan of a usual model, and with one that has no fast way.
    private typealias Reader = @Sendable (UnsafeRawBufferPointer, InputPlan) throws -> ModelInputs

    private static let readers: [Reader] = [
        { try PredictBody($0).inputs($1, rows: .one) },
        { try PredictBody($0).inputs($1, rows: .many) },
        { try InvocationBody.inputs($0, $1) },
        { try InferenceBody($0, jsonBytes: nil, $1, endpoint: "m", []).inputs },
    ]

    private static func plans() throws -> [InputPlan] {
        let matrix = TensorDescription(name: "input", elementType: .float, shape: [-1, 3])
        let cube = TensorDescription(name: "input", elementType: .float, shape: [-1, 2, 2])
        let line = TensorDescription(name: "input", elementType: .float, shape: [-1])
        let columns = [
            InputColumn(name: "a", kind: .double), InputColumn(name: "n", kind: .long),
            InputColumn(name: "größe", kind: .float),
        ]
        return [
            try InputPlan(inputs: [matrix], columns: columns), try InputPlan(inputs: [matrix], columns: nil),
            try InputPlan(inputs: [cube], columns: nil), try InputPlan(inputs: [line], columns: nil),
        ]
    }

    /// The same values whichever way they are read; where the fast way is not sure, the slow one has its say.
    private static func compare(_ body: [UInt8], _ plan: InputPlan) {
        let slow = plan.withoutFastWay
        for (index, reader) in readers.enumerated() {
            let results = [plan, slow].map { plan in
                Result { try body.withUnsafeBytes { try reader($0, plan) } }
            }
            switch (results[0], results[1]) {
            case (.success(let fast), .success(let general)):
                #expect(fast.isSame(as: general), "reader \(index): \(String(decoding: body, as: UTF8.self))")
            case (.failure(let fast), .failure(let general)):
                #expect("\(fast)" == "\(general)", "reader \(index): \(String(decoding: body, as: UTF8.self))")
            case (let fast, let general):
                Issue.record("reader \(index): \(fast) and \(general) for \(String(decoding: body, as: UTF8.self))")
            }
        }
    }

    @Test("gives what the slow way gives, for bodies of every form and for broken ones")
    func equalsTheSlowWay() throws {
        let seed = testSeed
        var bodies = RandomBodies(generator: SplitMix64(seed: seed))
        let plans = try Self.plans()
        for round in 0..<1_500 {
            let body = bodies.next()
            for plan in plans { Self.compare(body, plan) }
            if round % 2 == 0 {
                for plan in plans { Self.compare(bodies.broken(body), plan) }
            }
        }
        print("seed \(seed)")
    }

    @Test("gives what the slow way gives, for every truncation")
    func truncations() throws {
        let bodies = [
            "{\"model_name\": \"m\", \"inputs\": {\"a\": -1.5e3, \"n\": 2, \"größe\": 0.125}}",
            "{\"inputs\":[[1,2,3],[4,5,6.5]]}",
            "{\"dataframe_split\":{\"columns\":[\"n\",\"a\",\"größe\"],\"data\":[[1,2.5,3]]}}",
            "{\"id\":\"7\",\"inputs\":[{\"name\":\"input\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[1,2,3]}]}",
        ]
        for body in bodies.map({ Array($0.utf8) }) {
            for length in 0...body.count {
                for plan in try Self.plans() { Self.compare(Array(body[..<length]), plan) }
            }
        }
    }

    @Test(
        "really is done for the usual bodies",
        arguments: [
            (0, "{\"model_name\":\"m\",\"model_version\":\"3\",\"inputs\":{\"a\":1,\"n\":2,\"größe\":3}}"),
            (0, "{\"inputs\": [1.5, 2, 3]}"), (0, "{\"inputs\": [[1.5, 2, 3]]}"),
            (1, "{\"inputs\": [[1.5, 2, 3], [1, 2, 3]]}"), (1, "{\"inputs\": [{\"n\": 2, \"a\": 1, \"größe\": 3}]}"),
        ]
    )
    func isDoneFast(form: Int, body: String) throws {
        let matrix = try #require(try Self.plans()[0].matrix)
        let fast = try Array(body.utf8).withUnsafeBytes { bytes in
            let range = try #require(BodyOutline(bytes)?.inputs)
            return form == 0
                ? try PredictionBodyReader.row(bytes, range, matrix)
                : try PredictionBodyReader.rows(bytes, range, matrix)
        }
        #expect(fast != nil)
    }

    @Test("tells names apart by their bytes, as the slow way does")
    func names() throws {
        // The same letter, in one piece and put together of two: Swift takes both for equal.
        let columns = ["\u{E9}", "e\u{301}"].map { InputColumn(name: $0, kind: .double) }
        let input = TensorDescription(name: "input", elementType: .float, shape: [-1, 2])
        let plan = try InputPlan(inputs: [input], columns: columns)
        let body = Array("{\"dataframe_split\":{\"columns\":[\"e\u{301}\",\"\u{E9}\"],\"data\":[[1,2]]}}".utf8)
        for plan in [plan, plan.withoutFastWay] {
            let inputs = try body.withUnsafeBytes { try InvocationBody.inputs($0, plan) }
            #expect(inputs.tensors[0].tensor.values == .float([2, 1]))
        }
    }

    @Test("rounds numbers as the standard library does")
    func rounding() throws {
        let seed = testSeed
        var generator = SplitMix64(seed: seed)
        for _ in 0..<200_000 {
            let mantissa = generator.next() >> UInt64.random(in: 0..<64, using: &generator)
            let power = Int.random(in: -25...25, using: &generator)
            let expected = Double("\(mantissa)e\(power)")
            if let nearest = ByteCursor.nearest(mantissa, power) { #expect(nearest == expected, "seed \(seed)") }
            let value = Double.random(in: -4...4, using: &generator)
            let read = Array("\(value)".utf8).withUnsafeBytes { bytes -> Double? in
                var cursor = ByteCursor(bytes)
                return cursor.number()?.value
            }
            #expect(read == value, "seed \(seed)")
        }
    }
}

extension InputPlan {
    /// The plan of the same model, as if it were not a usual one.
    fileprivate var withoutFastWay: InputPlan {
        var plan = self
        plan.matrix = nil
        return plan
    }
}

extension ModelInputs {
    /// Whether both are equal, -0 and 0 apart and NaN equal to itself.
    fileprivate func isSame(as other: ModelInputs) -> Bool {
        guard rows == other.rows, tensors.count == other.tensors.count else { return false }
        return zip(tensors, other.tensors).allSatisfy { left, right in
            guard case .float(let ours) = left.tensor.values, case .float(let theirs) = right.tensor.values else {
                return left == right
            }
            return left.name == right.name && left.tensor.shape == right.tensor.shape
                && ours.map(\.bitPattern) == theirs.map(\.bitPattern)
        }
    }
}

/// Bodies of every form, mostly right ones.
private struct RandomBodies {
    var generator: SplitMix64

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &generator)]
    }

    mutating func next() -> [UInt8] {
        let space = pick(["", "", " ", "\n\t"])
        let model = "\"model_name\":\"m\","
        let name = pick(["", "", model, model + "\"model_version\":3,", "\"id\":\"7\","])
        let member = pick(["inputs", "inputs", "inputs", "instances", "dataframe_records", "dataframe_split", "other"])
        let tail = pick(["", "", "", "", ",\"options\":{}", ",\"inputs\":[1]", ",\"id\":[}]", "x"])
        return Array("{\(space)\(name)\"\(member)\":\(space)\(value(member))\(space)\(tail)}".utf8)
    }

    private mutating func value(_ member: String) -> String {
        if member == "dataframe_split" {
            let columns = pick([["a", "n", "größe"], ["n", "größe", "a"], ["a", "n"], ["a", "a", "n"]])
            let names = columns.map { "\"\($0)\"" }.joined(separator: ",")
            return "{\"columns\":[\(names)],\"data\":[\(rows { $0.list($0.pick([3, 3, 3, 2])) })]}"
        }
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: return object()
        case 1: return list(pick([1, 2, 3, 3, 4]))
        case 2: return "[\(rows { $0.object() })]"
        case 3: return "[\(rows { $0.list(3) })]"
        case 4: return "[\(rows { "[\($0.list(2)),\($0.list(2))]" })]"
        case 5: return "[\(rows { $0.pick([true, false]) ? $0.list(3) : $0.object() })]"
        case 6: return tensor()
        default: return "{\"a\":\(list(2)),\"n\":\(list(2)),\"größe\":\(list(2))}"
        }
    }

    private mutating func tensor() -> String {
        let rows = Int.random(in: 1...2, using: &generator)
        let shape = pick(["[\(rows),3]", "[\(rows), 3]", "[\(rows),2,2]", "[3]", "[\(rows),-3]", "[0,3]"])
        let type = pick(["FP32", "FP32", "FP32", "FP64"])
        let name = pick(["input", "input", "input", "output"])
        let data = pick([list(3 * rows), list(3 * rows), "[\(list(3))]", list(4 * rows)])
        return "[{\"name\":\"\(name)\",\"datatype\":\"\(type)\",\"shape\":\(shape),\"data\":\(data)}]"
    }

    private mutating func rows(_ row: (inout RandomBodies) -> String) -> String {
        var rows: [String] = []
        for _ in 0..<Int.random(in: 0...3, using: &generator) { rows.append(row(&self)) }
        return rows.joined(separator: pick([",", " , "]))
    }

    private mutating func list(_ count: Int) -> String {
        var numbers: [String] = []
        for _ in 0..<count { numbers.append(number()) }
        return "[" + numbers.joined(separator: pick([",", ", "])) + "]"
    }

    private mutating func object() -> String {
        var names = pick([["größe", "a", "n"], ["a", "n"], ["a", "n", "größe", "a"], ["a", "n", "x"]])
        if Bool.random(using: &generator) { names = ["a", "n", "größe"] }
        let members = names.map { name in "\"\(name)\":\(number())" }
        return "{" + members.joined(separator: ",") + "}"
    }

    private mutating func number() -> String {
        switch Int.random(in: 0..<24, using: &generator) {
        case 0: return pick(["null", "true", "\"1\"", "NaN", "01", "1.", "-", "1e", "+1", ".5", "1e999", "1e39"])
        case 1: return pick(["-0", "-0.0", "0e0", "1E5", "1e-7", "1e+2", "3.0", "9007199254740993", "1e19"])
        case 2: return "\(Double(bitPattern: generator.next()))".replacing("nan", with: "1").replacing("inf", with: "1")
        case 3: return "\(generator.next())"
        case 4...9: return "\(Int.random(in: -1_000...1_000, using: &generator))"
        case 10...15: return "\(Double.random(in: -10...10, using: &generator))"
        default: return "\(Float.random(in: -10...10, using: &generator))"
        }
    }

    /// `body` with a few of its bytes changed, taken out or doubled.
    mutating func broken(_ body: [UInt8]) -> [UInt8] {
        var body = body
        for _ in 0..<Int.random(in: 1...3, using: &generator) where !body.isEmpty {
            let index = Int.random(in: 0..<body.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: body.remove(at: index)
            case 1: body.insert(body[index], at: index)
            case 2: body[index] = pick(Array("[]{},:\"\\ 0e.-".utf8))
            default: body[index] = UInt8.random(in: 0...255, using: &generator)
            }
        }
        return body
    }
}
