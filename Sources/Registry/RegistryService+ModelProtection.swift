import Database
import Kernel
package import Ledger

/// Models whose versions change their stage by approved requests alone.
extension RegistryService {
    /// Protects a registered model, so that its versions change their stage by approved requests alone; or wishes that
    /// lifted.
    ///
    /// Two people lift a protection: the wish of the first waits until another has the same, and goes when anybody
    /// protects the model anew.
    /// - Returns: the model, protected still while a wish waits.
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `INVALID_PARAMETER_VALUE` for a bad name; `PERMISSION_DENIED` for the one
    ///   whose wish waits already.
    package func setProtection(of name: String, _ isProtected: Bool, by actor: Actor) async throws -> RegisteredModel {
        try RegistryRules.checkModelName(name)
        let now = clock.now()
        return try await database.write { connection in
            let model = try Self.findModel(name, on: connection)
            var lift: LiftRequest?
            let details: JSONObject
            switch (model.isProtected, isProtected, model.liftRequest) {
            case (false, true, _): details = ["protected": true]
            case (true, true, let waiting?):
                details = ["lift_requested": false, "lift_requested_by": .string(waiting.requestedBy.name)]
            case (true, false, nil):
                lift = LiftRequest(requestedBy: actor, requestedAt: now)
                details = ["lift_requested": true]
            case (true, false, let waiting?):
                try Self.checkLifter(actor, of: name, waiting)
                details = ["protected": false, "lift_requested_by": .string(waiting.requestedBy.name)]
            default: return model
            }
            let remains = isProtected || lift != nil
            try RegisteredModelStore.protect(name, remains, lifting: lift, at: now, on: connection)
            try self.record("registered_model.updated", model: name, details, by: actor, on: connection)
            return try Self.findModel(name, on: connection)
        }
    }

    /// Refuses to remove a protected model from its name: another would take that without protection.
    static func checkNotProtected(_ name: String, to verb: String, on connection: any SQLConnection) throws {
        guard try RegisteredModelStore.isProtected(name, on: connection) else { return }
        throw MartletError(
            .permissionDenied,
            "Registered Model (name=\(name)) is protected and can't be \(verb). Let two people lift its protection"
                + " first: PUT /api/v1/registry/models/{name}/protection."
        )
    }

    /// Two people are needed; all who come without a token from one place count as one.
    private static func checkLifter(_ actor: Actor, of name: String, _ waiting: LiftRequest) throws {
        guard actor == waiting.requestedBy else { return }
        let isNameless = [.local, .anonymous].contains(actor)
        throw MartletError(
            .permissionDenied,
            "'\(actor.name)' asked already that the protection of Registered Model (name=\(name)) be lifted, so"
                + " somebody else must ask for the same."
                + (isNameless
                    ? " All without a token are '\(actor.name)': 'martlet token create --user NAME' makes one." : "")
        )
    }
}
