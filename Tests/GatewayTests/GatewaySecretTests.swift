import Database
import Gateway
import Kernel
import Ledger
import TestSupport
import Testing

@Suite("A secret of the gateway")
struct GatewaySecretTests {
    @Test("shows which values it has and not what they are", arguments: DatabaseBackend.allCases)
    func masked(backend: DatabaseBackend) async throws {
        try await withGateway(backend) { world in
            var new = NewGatewaySecret(
                name: "aws",
                values: [
                    "aws_access_key_id": "AKIATEST1234", "aws_secret_access_key": "secret123abc", "pin": "12345678901",
                ]
            )
            new.provider = "bedrock"
            new.settings = ["aws_region_name": "us-east-1", "api_base": "  "]
            new.user = "ada"
            let made = try await world.gateway.createSecret(new, by: .local)
            #expect(made.id.wholeMatch(of: /s-[0-9a-f]{32}/) != nil && made.name == "aws" && made.provider == "bedrock")
            #expect(
                made.maskedValues
                    == ["aws_access_key_id": "AKI...1234", "aws_secret_access_key": "sec...3abc", "pin": "***"]
            )
            #expect(made.settings == ["aws_region_name": "us-east-1"] && made.history.createdBy == "ada")
            let found = try await world.gateway.secret(made.id)
            #expect(found.maskedValues == made.maskedValues && found.settings == made.settings)
            #expect(try await world.gateway.secrets(of: "bedrock").map(\.id) == [made.id])
            #expect(try await world.gateway.secrets(of: "openai").isEmpty)
        }
    }

    @Test(
        "lies nowhere as it was given: not in its row, and not in the audit trail",
        arguments: DatabaseBackend.allCases
    )
    func sealed(backend: DatabaseBackend) async throws {
        try await withGateway(backend) { world in
            let made = try await world.secret()
            _ = try await world.gateway.updateSecret(
                made.id,
                values: ["api_key": "sk-0123456789-other"],
                settings: nil,
                user: nil,
                by: .local
            )
            try await world.gateway.deleteSecret(made.id, by: .local)
            let kept = try await world.secret("kept")
            let row = try await world.database.read { connection in
                try connection.first("SELECT sealed_values, settings, name FROM gateway_secrets", []) { row in
                    (0..<3).map { (try? row.text($0)) ?? "" }.joined(separator: " ")
                }
            }
            #expect(row?.contains("0123456789") == false && row?.contains("kept") == true)
            let told = try await world.told()
            #expect(
                told.map(\.action) == [
                    "gateway_secret.created", "gateway_secret.updated", "gateway_secret.deleted",
                    "gateway_secret.created",
                ]
            )
            #expect(told.last?.details == ["name": "kept", "provider": "openai"] && told.last?.subject.id == kept.id)
            #expect(!told.contains { JSON.object($0.details).text.contains("0123") })
        }
    }

    @Test("opens only with the passphrase with which it was sealed")
    func passphrase() async throws {
        try await withGateway(.sqlite) { world in
            let guarded = world.gateway(passphrase: "correct horse")
            #expect(world.gateway.usesKeyAlone && !guarded.usesKeyAlone)
            let new = NewGatewaySecret(name: "key", values: ["api_key": "sk-0123456789"])
            let made = try await guarded.createSecret(new, by: .local)
            #expect(try await guarded.secret(made.id).maskedValues == ["api_key": "sk-...6789"])
            #expect(try await world.gateway(passphrase: "another").secret(made.id).maskedValues == [:])
            #expect(try await world.gateway.secret(made.id).maskedValues == [:])
        }
    }

    @Test("takes other values and settings, each for itself", arguments: DatabaseBackend.allCases)
    func update(backend: DatabaseBackend) async throws {
        try await withGateway(backend) { world in
            let gateway = world.gateway
            let made = try await world.secret()
            let values = ["api_key": "other-0123456789"]
            let rotated = try await gateway.updateSecret(
                made.id,
                values: values,
                settings: nil,
                user: "eve",
                by: .local
            )
            #expect(rotated.maskedValues == ["api_key": "oth...6789"] && rotated.name == "key")
            // The clock stands still, and the change is later all the same.
            #expect(rotated.history.updatedAt > made.history.createdAt && rotated.history.updatedBy == "eve")
            let settings = ["api_version": "1"]
            let told = try await gateway.updateSecret(made.id, values: nil, settings: settings, user: nil, by: .local)
            #expect(told.maskedValues == rotated.maskedValues && told.settings == settings)
            let blank = ["api_base": ""]
            let cleared = try await gateway.updateSecret(made.id, values: nil, settings: blank, user: nil, by: .local)
            #expect(cleared.settings == [:] && cleared.history.updatedBy == "eve")
            await expectRefusal(.resourceDoesNotExist, "GatewaySecret not found (secret_id='s-0')") {
                try await gateway.updateSecret("s-0", values: values, settings: nil, user: nil, by: .local)
            }
        }
    }

    @Test("is refused when its name is taken", arguments: DatabaseBackend.allCases)
    func names(backend: DatabaseBackend) async throws {
        try await withGateway(backend) { world in
            _ = try await world.secret("one")
            await expectRefusal(.resourceAlreadyExists, "Secret with name 'one' already exists") {
                try await world.secret("one")
            }
            let many = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 { group.addTask { (try? await world.secret("two")) != nil } }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(many == 1)
        }
    }

    @Test("never chooses where requests go but by an address that may be asked")
    func destinations() async throws {
        try await withGateway(.sqlite) { world in
            func make(_ values: [String: String], _ settings: [String: String]) async throws -> GatewaySecret {
                var new = NewGatewaySecret(name: "key", values: values)
                new.settings = settings
                return try await world.gateway.createSecret(new, by: .local)
            }
            let key = ["api_key": "sk-0123456789"]
            for name in ["api_base", "base_url", "model_list", "fallbacks", "custom_llm_provider"] {
                await expectRefusal(.invalidParameterValue, "secret_value must not contain \(name)") {
                    try await make([name: "https://203.0.113.7", "api_key": "x"], [:])
                }
                guard name != "api_base" else { continue }
                await expectRefusal(.invalidParameterValue, "auth_config must not contain \(name)") {
                    try await make(key, [name: "x"])
                }
            }
            for address in [
                "http://8.8.8.8/v1", "https://127.0.0.1/v1", "https://10.0.0.1", "nonsense", "https://a:b@8.8.8.8",
            ] {
                await expectRefusal(.invalidParameterValue, "Gateway secret api_base ") {
                    try await make(key, ["api_base": address])
                }
            }
            let made = try await make(key, ["api_base": " https://8.8.8.8/v1 "])
            #expect(made.settings == ["api_base": "https://8.8.8.8/v1"])
        }
    }

    @Test("is not sent to another address than it was given for", arguments: DatabaseBackend.allCases)
    func otherAddress(backend: DatabaseBackend) async throws {
        try await withGateway(backend) { world in
            let gateway = world.gateway
            let values = ["api_key": "sk-0123456789"]
            var new = NewGatewaySecret(name: "key", values: values)
            new.settings = ["api_base": "https://8.8.8.8/v1", "api_version": "1"]
            let made = try await gateway.createSecret(new, by: .local)
            for settings in [["api_base": "https://8.8.4.4/v1"], ["api_version": "2"], ["api_base": " "]] {
                await expectRefusal(.invalidParameterValue, "Another 'api_base' needs the values anew") {
                    try await gateway.updateSecret(made.id, values: nil, settings: settings, user: nil, by: .local)
                }
            }
            #expect(try await gateway.secret(made.id).settings == new.settings)
            let same = ["api_base": "https://8.8.8.8/v1", "api_version": "2"]
            let kept = try await gateway.updateSecret(made.id, values: nil, settings: same, user: nil, by: .local)
            #expect(kept.settings == same)
            let other = ["api_base": "https://8.8.4.4/v1"]
            let moved = try await gateway.updateSecret(made.id, values: values, settings: other, user: nil, by: .local)
            #expect(moved.settings == other)
            let first = try await gateway.createSecret(NewGatewaySecret(name: "plain", values: values), by: .local)
            await expectRefusal(.invalidParameterValue, "Another 'api_base' needs the values anew") {
                try await gateway.updateSecret(first.id, values: nil, settings: other, user: nil, by: .local)
            }
        }
    }

    @Test("has bounds, and no message tells a value")
    func bounds() async throws {
        try await withGateway(.sqlite) { world in
            let long = String(repeating: "x", count: (16 << 10) + 1)
            let many = Dictionary(uniqueKeysWithValues: (0..<33).map { ("k\($0)", "v") })
            let bad: [(String, [String: String], String)] = [
                ("key", [:], "Missing value for required parameter 'secret_value'."),
                (" ", ["k": "v"], "'secret_name' must not be blank."),
                (String(repeating: "n", count: 256), ["k": "v"], "'secret_name' exceeds the maximum length of 255"),
                ("key", many, "'secret_value' has more than 32 values."),
                ("key", ["k": long], "The value 'k' of 'secret_value' is longer than 16384 bytes."),
                ("key", ["": "v"], "'a name in secret_value' must not be blank."),
                ("key", ["api_key": "sk-x\n"], "The value 'api_key' of 'secret_value' holds control characters"),
            ]
            for (name, values, message) in bad {
                await expectRefusal(.invalidParameterValue, message) {
                    try await world.gateway.createSecret(NewGatewaySecret(name: name, values: values), by: .local)
                }
            }
        }
    }
}
