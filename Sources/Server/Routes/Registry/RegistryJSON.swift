import Hummingbird
import Kernel
import Registry

/// How MLflow writes the registry's things: snake_case, field-number order, absent and empty fields left out.
extension JSONWriter {
    mutating func registeredModel(_ model: RegisteredModel) {
        object { writer in
            writer.member("name", model.name)
            writer.member("creation_timestamp", model.createdAt)
            writer.member("last_updated_timestamp", model.updatedAt)
            writer.member("description", ifPresent: model.description == "" ? nil : model.description)
            writer.member("latest_versions", unlessEmpty: model.latestVersions) { $0.modelVersion($1) }
            writer.member("tags", unlessEmpty: model.tags) { $0.tag($1) }
            writer.member("aliases", unlessEmpty: model.aliases) { writer, alias in
                writer.object { writer in
                    writer.member("alias", alias.name)
                    writer.member("version", String(alias.number))
                }
            }
        }
    }

    /// A version; what it has not is an empty text here, as MLflow's database has it.
    mutating func modelVersion(_ version: ModelVersion) {
        object { writer in
            writer.member("name", version.modelName)
            writer.member("version", String(version.number))
            writer.member("creation_timestamp", version.createdAt)
            writer.member("last_updated_timestamp", version.updatedAt)
            writer.member("current_stage", version.stage.rawValue)
            writer.member("description", ifPresent: version.description)
            writer.member("source", version.source)
            writer.member("run_id", version.runID?.text ?? "")
            writer.member("status", "READY")
            writer.member("tags", unlessEmpty: version.tags) { $0.tag($1) }
            writer.member("run_link", version.runLink)
            writer.member("aliases", unlessEmpty: version.aliases) { $0.value($1) }
        }
    }
}

extension Response {
    /// `{"model_version": …}`.
    static func modelVersion(_ version: ModelVersion) -> Response {
        .json { writer in
            writer.object { writer in
                writer.name("model_version")
                writer.modelVersion(version)
            }
        }
    }
}

extension MLflowFields {
    /// The version that `name` and `version`, a number or a semantic version in `registry`, mean.
    func modelVersion(in registry: RegistryService) async throws -> (name: String, number: Int) {
        let name = try requiredString("name")
        return (name, try await registry.versionNumber(try requiredString("version"), of: name))
    }

    /// The search that `filter`, `order_by`, `max_results` and `page_token` ask for.
    func registryQuery(default standard: Int, max: Int) throws -> RegistryQuery {
        RegistryQuery(
            filter: try string("filter") ?? "",
            orderBy: try strings("order_by"),
            limit: try limit(default: standard, max: max),
            page: try page()
        )
    }
}
