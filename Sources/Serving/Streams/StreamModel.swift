import Kernel
import Synchronization

/// The version that answers a stream.
package struct StreamModel: Sendable {
    let loaded: LoadedModel
    let contract: VariantContract?
    /// The registered model's name.
    package let name: String
    /// The version's number.
    package let version: Int

    /// The version `version` of `name`, held to `contract`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a model whose inputs only MLflow can read.
    package init(_ loaded: LoadedModel, name: String, version: Int, contract: Contract?) throws {
        try loaded.plan.checkReadable()
        self.loaded = loaded
        self.name = name
        self.version = version
        self.contract = contract.map { VariantContract($0, loaded.plan, loaded.outputs) }
    }

    /// The rules of the contract that can't be held against this version, and why.
    package var misfits: [String] { contract?.misfits ?? [] }
}

/// The version that answers now; another one takes its place between two batches.
package final class CurrentStreamModel: Sendable {
    private let state: Mutex<StreamModel>

    /// Begins with `model`.
    package init(_ model: StreamModel) { state = Mutex(model) }

    /// The version that answers now.
    package var model: StreamModel { state.withLock { $0 } }

    /// Has `model` answer from the next batch on.
    package func replace(with model: StreamModel) { state.withLock { $0 = model } }
}
