import Kernel
import Ledger

/// What a transition request may be, and who may decide it.
enum TransitionRules {
    private static let itemsMax = 100
    private static let itemLengthMax = 1000
    private static let commentLengthMax = 10_000

    static func check(_ checklist: [ChecklistItem]) throws {
        guard checklist.count <= itemsMax else {
            throw RegistryRules.invalid("A checklist has at most \(itemsMax) items, not \(checklist.count).")
        }
        guard checklist.allSatisfy({ !$0.item.isEmpty && $0.item.utf8.count <= itemLengthMax }) else {
            throw RegistryRules.invalid("An item of a checklist is a text of 1 to \(itemLengthMax) bytes.")
        }
        guard Set(checklist.map(\.item)).count == checklist.count else {
            throw RegistryRules.invalid("An item stands twice in the checklist. Write each once.")
        }
    }

    static func check(comment: String) throws {
        guard comment.utf8.count <= commentLengthMax else {
            throw RegistryRules.invalid("A comment is at most \(commentLengthMax) bytes long.")
        }
    }

    /// The checklist of `request` as the one who approves has it: he may tick items, and take none away.
    static func ticked(_ request: TransitionRequest, _ checklist: [ChecklistItem]?) throws -> [ChecklistItem] {
        let final = checklist ?? request.checklist
        try check(final)
        let missing = Set(request.checklist.map(\.item)).subtracting(final.map(\.item)).sorted()
        guard missing.isEmpty else {
            throw RegistryRules.invalid("The checklist lacks '\(missing[0])', which the request has. Send all of it.")
        }
        guard let open = final.first(where: { !$0.isCompleted }) else { return final }
        throw MartletError(
            .resourceConflict,
            "The checklist is not done: '\(open.item)'. Approve with the whole checklist, each item completed."
        )
    }

    static func checkPending(_ request: TransitionRequest) throws {
        guard request.state != .pending else { return }
        throw MartletError(
            .resourceConflict,
            "The transition request \(request.id) was \(request.state.rawValue) already"
                + " by \(request.decidedBy?.name ?? "somebody"). Make another."
        )
    }

    /// Two people are needed; all who come without a token from one place count as one.
    static func checkApprover(_ actor: Actor, of request: TransitionRequest) throws {
        guard actor == request.requestedBy else { return }
        throw MartletError(
            .permissionDenied,
            "'\(actor.name)' made the transition request \(request.id), so somebody else must approve it."
        )
    }

    /// Who asked saw the version in another stage than it is in now, and may not want the same any more.
    static func checkFrom(_ version: ModelVersion, _ request: TransitionRequest) throws {
        guard version.stage != request.from else { return }
        throw MartletError(
            .resourceConflict,
            "Model Version (name=\(version.modelName), version=\(version.number)) was in stage"
                + " \(request.from.rawValue) when the transition request \(request.id) was made, and is in"
                + " \(version.stage.rawValue) now. Reject the request and make another."
        )
    }

    /// The refusal of a transition without a request.
    static func isProtected(_ modelName: String, _ number: Int, _ stage: ModelStage) -> MartletError {
        MartletError(
            .permissionDenied,
            "Registered Model (name=\(modelName)) is protected: ask for the transition of version \(number) to"
                + " \(stage.rawValue) with POST /api/v1/registry/transition-requests, and let somebody else approve it."
        )
    }
}
