import Hummingbird
import Kernel
import Ledger
import Serving

/// What an endpoint takes and gives, beyond what its model's signature says.
struct ContractRoutes {
    let serving: ServingService

    /// Adds the routes at the root.
    func add(to router: Router<MartletContext>) {
        let endpoint = router.group("api/v1/mlflow/serving/endpoints/:name")
        endpoint.get("contract", use: get)
        endpoint.put("contract", use: set)
        endpoint.delete("contract", use: remove)
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        let name = try EndpointRoutes.name(context)
        guard let record = try serving.contract(of: name) else {
            throw MartletError(
                .resourceDoesNotExist,
                "Endpoint \"\(name.prefix(256))\" has no contract; PUT sets one"
            )
        }
        return .json { $0.contract(record) }
    }

    @Sendable private func set(_ request: Request, _ context: MartletContext) async throws -> Response {
        let contract = try Contract(try await request.jsonObject())
        let name = try EndpointRoutes.name(context)
        let record = try await serving.setContract(name, contract, by: context.actor)
        return .json { $0.contract(record) }
    }

    @Sendable private func remove(_ request: Request, _ context: MartletContext) async throws -> Response {
        try await serving.removeContract(of: try EndpointRoutes.name(context), by: context.actor)
        return .emptyObject
    }
}

extension JSONWriter {
    /// A contract, and who set it.
    mutating func contract(_ record: ContractRecord) {
        object { writer in
            for member in record.contract.json.members {
                writer.name(data: member.name)
                writer.value(member.value)
            }
            writer.member("set_at", record.setAt)
            writer.member("set_by", record.setBy.name)
        }
    }

    /// The member `contract_violations`.
    mutating func violations(_ violations: ContractViolations) {
        name("contract_violations")
        object { writer in
            writer.member("inputs_refused", Int64(clamping: violations.inputsRefused))
            writer.member("outputs_refused", Int64(clamping: violations.outputsRefused))
            writer.member("outputs_clipped", Int64(clamping: violations.outputsClipped))
        }
    }
}
