import Kernel
import Synchronization

/// Models that an endpoint served before, kept for a while so that going back takes no time.
final class KeptModels: Sendable {
    private struct Entry {
        var models: [Variant.Identity: LoadedModel]
        var since: Timestamp
    }

    // One entry an endpoint, of at most as many models as a policy has variants.
    private let entries = Mutex<[String: Entry]>([:])

    /// Keeps `models`, and nothing else, for the endpoint called `name`.
    func keep(_ models: [Variant.Identity: LoadedModel], for name: String, since time: Timestamp) {
        entries.withLock { $0[name] = models.isEmpty ? nil : Entry(models: models, since: time) }
    }

    /// The model that was `variant` at the endpoint called `name`.
    func model(of variant: Variant.Identity, for name: String) -> LoadedModel? {
        entries.withLock { $0[name]?.models[variant] }
    }

    /// Lets go of what has been kept since before `time`.
    func release(before time: Timestamp) {
        entries.withLock { entries in entries = entries.filter { !($0.value.since < time) } }
    }

    /// Whether anything is kept.
    var isEmpty: Bool { entries.withLock { $0.isEmpty } }
}
