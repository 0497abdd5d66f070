// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .unsafeFlags(["-warnings-as-errors"]),
]

/// A room of the house: a target whose name is its folder under Sources/.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The tests of a room, in Tests/<room>Tests.
func tests(_ name: String, _ dependencies: [Target.Dependency], fixtures: Bool = false) -> Target {
    .testTarget(
        name: name + "Tests",
        dependencies: dependencies,
        resources: fixtures ? [.copy("Fixtures")] : [],
        swiftSettings: settings
    )
}

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let lifecycleTestKit: Target.Dependency = .product(
    name: "ServiceLifecycleTestKit",
    package: "swift-service-lifecycle"
)
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let tomlKit: Target.Dependency = .product(name: "TOMLKit", package: "TOMLKit")
let swiftProtobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let grpcCore: Target.Dependency = .product(name: "GRPCCore", package: "grpc-swift-2")
let grpcTransport: Target.Dependency = .product(
    name: "GRPCNIOTransportHTTP2Posix",
    package: "grpc-swift-nio-transport"
)

let package = Package(
    name: "martlet",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "martlet", targets: ["CommandLine"])],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Ground
        room("Kernel", [crypto]),

        room("CWebAssets"),
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),

        .target(name: "CONNXRuntime"),
        .target(name: "CDuckDB"),
        .target(name: "CRdKafka"),
        .target(name: "CHiredis"),
        .target(name: "CPythonWorker"),
        .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),

        room("Statistics"),

        // Engines
        room("NativeLibraries"),
        room("Database", ["CLibPQ", grdb, grdbSQLite]),
        room("Analytics", ["NativeLibraries", "CDuckDB"]),
        room("EventStream", ["Kernel", "NativeLibraries", "CRdKafka", "CHiredis"]),
        room("Inference", ["Kernel", "NativeLibraries", "CONNXRuntime", "CPythonWorker", logging]),
        room("Outbound", [nioCore, nioPosix, nioHTTP1, asyncHTTPClient]),
        room("ObjectStore", ["Kernel", crypto, nioCore, nioPosix, nioHTTP1, asyncHTTPClient]),

        // Capabilities
        room("Ledger", ["Kernel", "Database", logging, lifecycle]),
        room("Artifacts", ["Kernel", "Database", "ObjectStore", "Ledger", crypto, nioCore, logging, lifecycle]),
        room("Tracking", ["Kernel", "Database", "ObjectStore", "Ledger", "Artifacts"]),
        room(
            "Registry",
            [
                "Kernel", "Database", "ObjectStore", "Ledger", "Artifacts", "Tracking", nioCore, yams, logging,
                lifecycle,
            ]
        ),
        room(
            "Serving",
            [
                "Kernel", "Statistics", "NativeLibraries", "Database", "Analytics", "ObjectStore", "EventStream",
                "Inference", "Ledger", "Registry", crypto, nioCore, logging, lifecycle,
            ]
        ),
        room(
            "Monitoring",
            [
                "Kernel", "Statistics", "Database", "Analytics", "ObjectStore", "Ledger", "Artifacts", "Tracking",
                "Registry",
            ]
        ),
        room("Governance", ["Kernel", "Database", "Ledger"]),
        room("Gateway", ["Kernel", "Outbound", "Database", "Ledger", "Tracking"]),
        room("Webhooks", ["Kernel", "Outbound", "Database", "Ledger", crypto, logging, lifecycle]),
        room(
            "MLflowImport",
            [
                "Kernel", "Database", "ObjectStore", "Ledger", "Artifacts", "Tracking", "Registry", "Webhooks", crypto,
                nioCore,
            ]
        ),

        // Faces
        room("Martlet", ["Kernel", asyncHTTPClient, nioCore, nioPosix, nioHTTP1]),
        .target(
            name: "OpenInferenceMessages",
            dependencies: [swiftProtobuf],
            exclude: ["open_inference.proto"],
            swiftSettings: settings
        ),
        room(
            "Server",
            [
                "Kernel", "CWebAssets", "CZlib", "OpenInferenceMessages", "Statistics", "NativeLibraries", "Database",
                "Analytics", "ObjectStore", "Inference",
                "Ledger", "Artifacts", "Tracking", "Registry", "Serving", "Monitoring", "Governance",
                "Outbound", "Gateway", "Webhooks", "MLflowImport",
                asyncHTTPClient, hummingbird, hummingbirdCore, httpTypes, nioCore, nioPosix, nioHTTP1, logging,
                lifecycle,
                signals, tomlKit, swiftProtobuf, grpcCore, grpcTransport,
            ]
        ),

        .executableTarget(
            name: "CommandLine",
            dependencies: [
                "Kernel", "NativeLibraries", "Database", "Analytics", "EventStream", "Inference", "Registry", "Serving",
                "Governance", "MLflowImport", "Martlet", "Server", arguments, logging, nioCore, signals,
            ],
            swiftSettings: settings
        ),

        // Benchmarks, not shipped
        .executableTarget(
            name: "GroupCommitBenchmark",
            dependencies: ["Database"],
            path: "Benchmarks/GroupCommit",
            swiftSettings: settings
        ),

        // Tests
        .target(
            name: "TestSupport",
            dependencies: ["Database", "Kernel", "ObjectStore", nioCore, nioPosix, nioHTTP1],
            path: "Tests/TestSupport",
            swiftSettings: settings
        ),
        tests("NativeLibraries", ["NativeLibraries"]),
        tests("Database", ["Database", "TestSupport"]),
        tests(
            "ObjectStore",
            ["ObjectStore", "Kernel", "TestSupport", crypto, nioCore, nioHTTP1, asyncHTTPClient],
            fixtures: true
        ),
        tests("EventStream", ["EventStream", "CHiredis"]),
        tests("Analytics", ["Analytics", "NativeLibraries"], fixtures: true),
        tests("Inference", ["Kernel", "Inference", "NativeLibraries", logging], fixtures: true),
        tests("Statistics", ["Kernel", "Statistics"], fixtures: true),
        tests("Kernel", ["Kernel"]),
        tests("Ledger", ["Kernel", "Database", "Ledger", "TestSupport", logging, lifecycle, lifecycleTestKit]),
        tests("Artifacts", ["Kernel", "Database", "ObjectStore", "Artifacts", "TestSupport", nioCore]),
        tests("Tracking", ["Kernel", "Database", "Ledger", "Tracking", "TestSupport"]),
        tests(
            "Registry",
            [
                "Kernel", "Database", "ObjectStore", "Ledger", "Artifacts", "Tracking", "Registry", "TestSupport",
                nioCore,
            ],
            fixtures: true
        ),
        tests(
            "Serving",
            [
                "Kernel", "Statistics", "NativeLibraries", "Database", "Analytics", "ObjectStore", "EventStream",
                "Inference", "Ledger", "Artifacts", "Tracking", "Registry", "Serving", "TestSupport", nioCore, logging,
                lifecycle,
            ],
            fixtures: true
        ),
        tests(
            "Monitoring",
            [
                "Kernel", "NativeLibraries", "Database", "Analytics", "ObjectStore", "Ledger", "Artifacts", "Tracking",
                "Registry", "Monitoring", "TestSupport", nioCore,
            ],
            fixtures: true
        ),
        tests("Outbound", ["Outbound", "TestSupport", nioHTTP1]),
        tests("Webhooks", ["Kernel", "Outbound", "Database", "Ledger", "Webhooks", "TestSupport"]),
        tests("Gateway", ["Kernel", "Outbound", "Database", "Ledger", "Tracking", "Gateway", "TestSupport"]),
        tests("MLflowImport", ["Database", "Tracking", "MLflowImport", "TestSupport"]),
        tests("Governance", ["Kernel", "Database", "Ledger", "Governance", "TestSupport"]),
        tests(
            "Server",
            [
                "Kernel", "NativeLibraries", "Database", "ObjectStore", "Inference", "Ledger", "Artifacts", "Tracking",
                "Registry", "Serving", "Governance", "Server", "TestSupport", hummingbird, nioCore, nioPosix, nioHTTP1,
                logging, lifecycleTestKit,
            ]
        ),
        tests("Martlet", ["Kernel", "Martlet", asyncHTTPClient]),
        tests(
            "CommandLine",
            ["Kernel", "Inference", "Registry", "Serving", "Martlet", "CommandLine", arguments, signals]
        ),
        tests("House", []),
    ]
)
