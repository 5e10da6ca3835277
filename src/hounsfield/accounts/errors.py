"""What this room refuses."""

from hounsfield.kit.errors import Conflict, Forbidden, Invalid, Unauthorized


class InvalidCredentials(Unauthorized):
    """The user name or the password is wrong."""

    code = "INVALID_CREDENTIALS"
    zh = "用户名或密码错误。"


class AccountDisabled(Forbidden):
    """This account is disabled. Ask your administrator."""

    code = "ACCOUNT_DISABLED"
    zh = "该账号已停用，请联系管理员。"


class WrongPassword(Forbidden):
    """The current password is wrong."""

    code = "WRONG_PASSWORD"
    zh = "当前密码错误。"


class CrossSiteRequest(Forbidden):
    """This request came from another site."""

    code = "CROSS_SITE_REQUEST"
    zh = "该请求来自其他站点。"


class RegistrationClosed(Forbidden):
    """Registration is closed here. Ask an administrator for an account."""

    code = "REGISTRATION_CLOSED"
    zh = "当前未开放注册，请向管理员申请账号。"


class UsernameTaken(Conflict):
    """This user name is taken."""

    code = "USERNAME_TAKEN"
    zh = "该用户名已被使用。"


class LastSuperAdmin(Conflict):
    """The last active super administrator must stay."""

    code = "LAST_SUPER_ADMIN"
    zh = "必须保留最后一位启用的超级管理员。"


class InvalidUsername(Invalid):
    """A user name has 2 to 64 letters, digits or . _ - + @, and does not mix alphabets that look alike."""

    code = "INVALID_USERNAME"
    zh = "用户名须为 2 至 64 个字母、数字或 . _ - + @，且不能混用外形相似的字母表。"


class WeakPassword(Invalid):
    """A password has 8 to 128 characters and is neither your user name nor one that everybody uses."""

    code = "WEAK_PASSWORD"
    zh = "密码须为 8 至 128 个字符，且不能是用户名或常见密码。"
