import Inference
import Kernel
import Testing

@testable import Serving

@Suite("A rule of a contract")
struct ContractRuleTests {
    private static func check(_ rule: String, _ plan: InputPlan) throws -> InputCheck {
        let rule = try #require(try ContractTests.read("{\"inputs\": {\(rule)}}").inputs.first)
        return try InputCheck(rule, plan, plan.inputOfColumn)
    }

    private static func guarded(_ rule: String, _ values: Tensor.Values, _ shape: [Int]) throws -> OutputCheck.Verdict {
        let rule = try #require(try ContractTests.read("{\"outputs\": {\"p\": {\(rule)}}}").outputs.first)
        let output = TensorDescription(name: "p", elementType: values.elementType, shape: nil)
        return try OutputCheck(rule, [output]).verdict(on: try Tensor(values, shape: shape), rows: shape[0])
    }

    /// A model with a column of its own for each of these.
    private static let plan = Result {
        try InputPlan(
            inputs: [
                TensorDescription(name: "text", elementType: .string, shape: [-1]),
                TensorDescription(name: "count", elementType: .int64, shape: [-1]),
                TensorDescription(name: "flag", elementType: .bool, shape: [-1, 1]),
            ],
            columns: [
                InputColumn(name: "count", kind: .long), InputColumn(name: "flag", kind: .boolean),
                InputColumn(name: "text", kind: .string),
            ]
        )
    }

    @Test(
        "knows texts, whole numbers and truth values",
        arguments: [
            (
                #""text": {"allowed": ["a", "b"]}"#,
                "row 1, column \"text\": the endpoint's contract takes one of \"a\", \"b\""
            ),
            (#""count": {"min": -3}"#, "row 0, column \"count\": the endpoint's contract takes numbers of at least -3"),
            (#""count": {"allowed": [-4]}"#, "row 1, column \"count\": the endpoint's contract takes -4 only"),
            (#""flag": {"allowed": [true]}"#, "row 1, column \"flag\": the endpoint's contract takes true only"),
            (#""text": {"allowed": ["a", "c"]}"#, nil), (#""count": {"min": -4, "max": 9}"#, nil),
        ]
    )
    func kinds(rule: String, fault: String?) throws {
        let plan = try Self.plan.get()
        let inputs = ModelInputs(
            rows: 2,
            tensors: [
                NamedTensor(name: "text", tensor: try Tensor(.string(["a", "c"]), shape: [2])),
                NamedTensor(name: "count", tensor: try Tensor(.int64([-4, 9]), shape: [2])),
                NamedTensor(name: "flag", tensor: try Tensor(.bool([true, false]), shape: [2, 1])),
            ]
        )
        #expect(try Self.check(rule, plan).fault(in: inputs, plan) == fault.map { "inputs, \($0)" })
    }

    @Test(
        "that does not go with the model is refused",
        arguments: [
            (#""none": {"min": 1}"#, "the model has none of this name; it has \"count\", \"flag\", \"text\""),
            (#""text": {"min": 1}"#, "text has no range"),
            (#""text": {"allowed": [1]}"#, "its values are text, those allowed are not"),
            (#""count": {"allowed": ["1"]}"#, "its values are numbers, those allowed are not"),
        ]
    )
    func misfits(rule: String, reason: String) throws {
        let error = #expect(throws: InputCheck.Misfit.self) { _ = try Self.check(rule, try Self.plan.get()) }
        #expect(error?.reason == reason)
    }

    @Test("on a tensor tells the row of the element, and refuses a shape that is not the columns'")
    func tensors() throws {
        let input = TensorDescription(name: "x", elementType: .float, shape: [-1, 3])
        let whole = try InputPlan(inputs: [input], columns: nil)
        let tensor = try Tensor(.float([1, 2, 3, 4, 5, 60]), shape: [2, 3])
        let inputs = ModelInputs(rows: 2, tensors: [NamedTensor(name: "x", tensor: tensor)])
        let fault = try Self.check(#""x": {"max": 10}"#, whole).fault(in: inputs, whole)
        #expect(fault == "inputs, row 1, input \"x\": the endpoint's contract takes numbers of at most 10")
        let columns = ["a", "b"].map { InputColumn(name: $0, kind: .float) }
        let open = TensorDescription(name: "x", elementType: .float, shape: [-1, -1])
        let matrix = try InputPlan(inputs: [open], columns: columns)
        let misshapen = try Self.check(#""a": {"max": 10}"#, matrix).fault(in: inputs, matrix)
        #expect(misshapen == "input \"x\": its shape [2, 3] is not that of the contract's columns")
    }

    @Test("on answers clips to the range and to the sum, and refuses what can't be brought there")
    func clips() throws {
        let sums = #""min": 0, "max": 1, "sums_to_one": 1e-6, "action": "clip""#
        guard case .clipped(let tensor) = try Self.guarded(sums, .float([0.5, 0.5, 1.5, -1]), [2, 2]) else {
            Issue.record("nothing was clipped")
            return
        }
        #expect(tensor.values == .float([0.5, 0.5, 1, 0]) && tensor.shape == [2, 2])
        guard case .clipped(let scaled) = try Self.guarded(sums, .double([0.2, 0.2]), [1, 2]) else {
            Issue.record("nothing was clipped")
            return
        }
        #expect(scaled.values == .double([0.5, 0.5]))
        let wide = #""sums_to_one": 0.1, "action": "clip""#
        guard case .clipped(let mixed) = try Self.guarded(wide, .double([0.5, 0.55, 0.2, 0.2]), [2, 2]) else {
            Issue.record("nothing was clipped")
            return
        }
        #expect(mixed.values == .double([0.5, 0.55, 0.5, 0.5]), "a row that is right stays as it is")
        let refused: [(String, Tensor.Values)] = [
            (sums, .float([.nan, 0.5])), (sums, .float([-1, -2])),
            (#""finite": true, "action": "clip""#, .float([.infinity, 0])),
            (#""max": 1, "action": "clip""#, .int64([0, 2])), (#""min": 0, "max": 1"#, .double([0.5, 1.5])),
            (#""sums_to_one": true"#, .float([0.5, 0.4])), (#""finite": true"#, .double([1, -.infinity])),
        ]
        for (rule, values) in refused {
            guard case .refused = try Self.guarded(rule, values, [1, 2]) else {
                Issue.record("\(values) was not refused by \(rule)")
                continue
            }
        }
        for (rule, values) in [(#""max": 3, "action": "clip""#, Tensor.Values.float([.infinity, 1]))] {
            guard case .clipped(let tensor) = try Self.guarded(rule, values, [2]) else {
                Issue.record("\(values) was not clipped by \(rule)")
                continue
            }
            #expect(tensor.values == .float([3, 1]))
        }
        guard case .kept = try Self.guarded(sums, .float([0.25, 0.75]), [1, 2]) else {
            Issue.record("what is right was not kept")
            return
        }
    }
}
