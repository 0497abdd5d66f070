import Hummingbird
import Kernel
import Registry

/// What a model version is made of: its files as they were when it was registered, its signature, and the reading of the
/// files for its pin.
struct ModelFileRoutes: Sendable {
    let registry: RegistryService

    /// Adds the routes at the root.
    func add(to router: Router<MartletContext>) {
        let group = router.group("api/v1/registry/models/:name/versions/:version")
        group.get("files", use: files)
        group.post("pin", use: pin)
    }

    @Sendable private func pin(_ request: Request, _ context: MartletContext) async throws -> Response {
        let (name, number) = try await place(context)
        let version = try await registry.requestPin(of: name, number, by: context.actor)
        let isPending = if case .pending = version.pin { true } else { false }
        return .json(status: isPending ? .accepted : .ok) { writer in writer.object { $0.pin(version.pin) } }
    }

    @Sendable private func files(_ request: Request, _ context: MartletContext) async throws -> Response {
        let (name, number) = try await place(context)
        let version = try await registry.version(name, .number(number))
        let files = try await registry.pinnedFiles(of: version)
        let signature = try await signature(of: version)
        return .json { writer in
            writer.object { writer in
                writer.pin(version.pin)
                writer.member("files", unlessEmpty: files) { $0.pinnedFile($1) }
                guard let signature else { return }
                writer.name("signature")
                writer.signature(signature)
            }
        }
    }

    /// The version in the path, which a number or a semantic version names.
    private func place(_ context: MartletContext) async throws -> (name: String, number: Int) {
        let name = try context.decodedParameter("name")
        return (name, try await registry.versionNumber(try context.decodedParameter("version"), of: name))
    }

    /// The signature that the version's `MLmodel` declares; nil also where there is no such file, or none to be read.
    private func signature(of version: ModelVersion) async throws -> ModelSignature? {
        do {
            return try await registry.model(of: version).signature
        } catch let error as MartletError
            where [.resourceDoesNotExist, .invalidParameterValue, .resourceConflict].contains(error.code)
        {
            return nil
        }
    }
}

extension JSONWriter {
    /// The members that tell of a version's pin.
    fileprivate mutating func pin(_ pin: FilePin) {
        member("pin_state", pin.state)
        switch pin {
        case .pinned(let digest): member("digest", digest.description)
        case .pending(let problem): member("unpinned_reason", ifPresent: problem)
        case .unpinned(let reason): member("unpinned_reason", reason)
        }
    }

    fileprivate mutating func pinnedFile(_ file: PinnedFile) {
        object { writer in
            writer.member("path", file.path)
            writer.member("size_bytes", file.sizeBytes)
            writer.member("digest", file.digest.description)
        }
    }

    fileprivate mutating func signature(_ signature: ModelSignature) {
        object { writer in
            writer.member("inputs", unlessEmpty: signature.inputs ?? []) { $0.field($1) }
            writer.member("outputs", unlessEmpty: signature.outputs ?? []) { $0.field($1) }
        }
    }

    private mutating func field(_ field: ModelSignature.Field) {
        object { writer in
            writer.member("name", ifPresent: field.name)
            switch field {
            case .column(_, let type, let isRequired):
                writer.member("type", type.name)
                writer.member("required", isRequired)
            case .tensor(_, let dtype, let shape):
                writer.member("type", dtype)
                writer.name("shape")
                writer.array { writer in for size in shape { writer.value(size) } }
            }
        }
    }
}

extension ModelSignature.ColumnType {
    /// The type's name in an `MLmodel`.
    fileprivate var name: String {
        switch self {
        case .nested(let name): name
        default: String(describing: self)
        }
    }
}
