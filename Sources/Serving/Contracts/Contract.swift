package import Kernel
package import Ledger

/// What an endpoint takes and gives beyond what its model's signature says.
package struct Contract: Sendable, Hashable {
    /// What a column, or an input of a model without columns, may hold.
    package struct InputRule: Sendable, Hashable {
        /// The column's name.
        package let name: String
        /// The least number; nil for any.
        package var minimum: Double?
        /// The greatest number; nil for any.
        package var maximum: Double?
        /// The only values: numbers, texts, truth values; nil for any.
        package var allowed: [JSON]?
        /// Whether a missing value, where the signature takes one, is one.
        package var isNullable = true
    }

    /// What an output may be.
    package struct OutputRule: Sendable, Hashable {
        /// The output's name.
        package let name: String
        /// The least number; nil for any.
        package var minimum: Double?
        /// The greatest number; nil for any.
        package var maximum: Double?
        /// Whether each number must be one: not NaN, not infinite.
        package var isFinite = false
        /// How far from 1 the sum of a row's numbers may be; nil for any sum.
        package var sumTolerance: Double?
        /// What is done with an answer that breaks the rule.
        package var action = Action.refuse
    }

    /// What is done with an answer that breaks a rule.
    package enum Action: String, Sendable, Hashable, CaseIterable {
        /// The caller gets an error in its place.
        case refuse
        /// Numbers are brought into the range, then rows to the sum of 1; what can't be is refused.
        case clip
    }

    /// The most rules of inputs, as many of outputs, and values that a column may be held to.
    package static let rulesMax = 10_000
    /// The tolerance of a sum where none is said.
    package static let sumToleranceUsual = 0.001

    /// What inputs may hold, each column once.
    package let inputs: [InputRule]
    /// What outputs may be, each once.
    package let outputs: [OutputRule]
}

/// A contract and who set it.
package struct ContractRecord: Sendable, Hashable {
    /// The contract.
    package let contract: Contract
    /// When it was set.
    package let setAt: Timestamp
    /// Who set it.
    package let setBy: Actor
}

/// How often a contract has been broken, in requests.
package struct ContractViolations: Sendable, Hashable {
    /// The ways.
    package enum Kind: Sendable {
        case inputsRefused, outputsRefused, outputsClipped
    }

    /// Requests that were refused for their inputs.
    package private(set) var inputsRefused: UInt64 = 0
    /// Requests whose answers were refused.
    package private(set) var outputsRefused: UInt64 = 0
    /// Requests whose answers were changed.
    package private(set) var outputsClipped: UInt64 = 0

    mutating func add(_ kind: Kind) {
        switch kind {
        case .inputsRefused: inputsRefused += 1
        case .outputsRefused: outputsRefused += 1
        case .outputsClipped: outputsClipped += 1
        }
    }
}
